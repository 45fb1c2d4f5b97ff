// SPDX-License-Identifier: MIT
// A full node in regtest (bcoin) and a pool server on it (foundation-stratum), both from the npm
// registry, in one process and on the loopback alone.
//
//   node peers.js RPC_PORT STRATUM_PORT DIFFICULTY
//
// Each event is one JSON object a line on stdout; it ends when stdin does.
'use strict';

process.env.NODE_BACKEND = 'js'; // no compiled parts of the node
const net = require('net');

// The pool server names a port and no address: that would be all interfaces.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port !== 'number') return listen.call(this, port, ...rest);
  return listen.call(this, { port, host: '127.0.0.1' }, rest.find((x) => typeof x === 'function'));
};
require('./natives.js');

const tell = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
const [rpcPort, stratumPort, difficulty] = process.argv.slice(2).map(Number);
const address = 'rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn'; // BIP 173's example key, regtest

async function startNode() {
  const { FullNode } = require('bcoin');
  const node = new FullNode({
    network: 'regtest', memory: true, workers: false, listen: false, port: rpcPort + 1,
    httpHost: '127.0.0.1', httpPort: rpcPort, apiKey: 'regtest', coinbaseAddress: [address],
    logLevel: 'none',
  });
  await node.open();
  // A block of today, or the node takes itself for one that is still catching up.
  await node.chain.add(await node.miner.mineBlock());
  return node;
}

function startPool() {
  const stratum = require('foundation-stratum');
  const network = {
    bech32: 'rb', bip32: { public: 0xeab4fa05, private: 0xeab404c7 }, peerMagic: 'fabfb5da',
    pubKeyHash: 0x3c, scriptHash: 0x26, wif: 0x5a, coin: 'btc',
  };
  const algorithm = 'sha256d';
  const pool = stratum.create({
    name: 'regtest', coins: ['Bitcoin'], debug: false,
    banning: { enabled: false, time: 600, invalidPercent: 1, checkThreshold: 1e6,
      purgeInterval: 300 },
    ports: [{ port: stratumPort, enabled: true, difficulty: { initial: difficulty,
      minimum: difficulty, maximum: difficulty, targetTime: 1, retargetTime: 3600,
      variance: 0.3 } }],
    p2p: { enabled: false },
    settings: { connectionTimeout: 600, jobRebroadcastTimeout: 30, tcpProxyProtocol: false,
      blockRefreshInterval: 250 },
    primary: {
      address, recipients: [],
      coin: { name: 'Bitcoin', symbol: 'BTC', version: 1, getinfo: false, segwit: true,
        asicboost: true, rewards: {}, mainnet: network, testnet: network,
        algorithms: { mining: algorithm, block: algorithm, coinbase: algorithm } },
      daemons: [{ host: '127.0.0.1', port: rpcPort, username: 'x', password: 'regtest' }],
    },
    auxiliary: { enabled: false },
  }, { identifier: '/regtest/' },
  (ip, port, user, other, password, done) => done({ error: null, authorized: true,
    disconnect: false }),
  () => {});
  pool.on('log', (severity, text) => tell('log', { severity, text }));
  pool.on('share', (share, type, block) => tell('share', { type, block, error: share.error || null,
    difficulty: share.shareDiff }));
  pool.on('started', () => {
    // For each share before its reply; the event "share" of a block comes when the node has it.
    pool.manager.on('share', (share) => tell('submit', { error: share.error || null }));
    tell('started', {});
  });
  pool.setupPool();
}

process.stdin.on('end', () => process.exit(0)).resume();
startNode().then((node) => {
  node.chain.on('connect', (entry) => tell('block', { height: entry.height }));
  tell('node', { height: node.chain.height });
  startPool();
}).catch((error) => {
  tell('failed', { error: String(error.stack) });
  process.exit(1);
});
