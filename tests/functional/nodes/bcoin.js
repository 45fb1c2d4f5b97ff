// SPDX-License-Identifier: MIT
// A full node, bcoin of the npm registry, on the loopback alone; realpool/setup.sh fetches it.
//
//   node bcoin.js NETWORK FOLDER RPC_PORT PASSWORD PEER_PORT WALLET_PORT [OPTION]
//
// NETWORK is main, testnet or regtest. It connects to nobody and listens for nobody. OPTION:
//
//   easy         on testnet: blocks of minimum difficulty are found at once, the ordinary ones never,
//                and the node mines without a peer and makes each template anew
//   downloading  takes itself for connected, and has not caught up
//
// Commands are lines on stdin, each answered by the line "done": "time SECONDS" sets the node's
// clock (0: the machine's), "fresh" drops the cached template, as a transaction would after 10 s,
// "wallet" opens a wallet, which is in memory alone and needs more than the genesis block.
// The node ends, and closes its database, when stdin does.
'use strict';

process.env.NODE_BACKEND = 'js'; // no compiled parts but the database's
const path = require('path');
const readline = require('readline');
const realpool = path.join(__dirname, '..', 'realpool');
require(path.join(realpool, 'natives.js'));
const bcoin = require(path.join(realpool, 'node_modules', 'bcoin'));

// The database that realpool/package.json has in place of an older one, which does not run on
// today's Node.js, takes no null for a limit of a range that is not there.
const leveldown = require(path.join(realpool, 'node_modules', 'leveldown'));
const { iterator } = leveldown.prototype;
leveldown.prototype.iterator = function (options) {
  const limits = Object.entries(options).filter(([, value]) => value !== null);
  return iterator.call(this, Object.fromEntries(limits));
};

const [network, prefix, port, password, peerPort, walletPort, option] = process.argv.slice(2);

const ordinary = 0x1c00ffff; // bits of difficulty 256
const easiest = bcoin.networks.regtest.pow;

// The 20-minute rule of testnet without its retargeting, for which 2016 blocks would be needed.
function makeEasy({ chain, network: { pow }, rpc }) {
  chain.getTarget = async (time, parent) => (
    time > parent.time + 2 * pow.targetSpacing ? pow.bits : ordinary);
  // It would give the bits of before with the time of after.
  const { getTemplate } = rpc;
  rpc.getTemplate = () => {
    rpc.attempt = null;
    return getTemplate.call(rpc);
  };
}

async function start() {
  bcoin.set(network); // of the wallet's addresses
  if (option === 'easy') {
    const { limit, bits } = easiest;
    Object.assign(bcoin.networks[network].pow, { limit, bits });
    bcoin.Network.get(network).selfConnect = true;
  }
  const node = new bcoin.FullNode({
    network, prefix, memory: false, workers: false, listen: false, port: Number(peerPort),
    httpHost: '127.0.0.1', httpPort: Number(port), apiKey: password, logLevel: 'error',
    logConsole: true, requireStandard: false, limitFree: false, relayPriority: false,
    rejectAbsurdFees: false, maxSize: 100000000, limitAncestors: 10000,
    argv: ['node', 'bcoin.js', '--wallet-memory=true', `--wallet-http-port=${walletPort}`,
      '--wallet-http-host=127.0.0.1', `--wallet-api-key=${password}`],
  });
  if (option === 'easy') makeEasy(node);
  if (option === 'downloading') node.pool.peers.size = () => 1;
  await node.ensure();
  await node.open();
  const commands = {
    time(seconds) {
      const now = Math.floor(Date.now() / 1000);
      node.network.time.offset = Number(seconds) ? Number(seconds) - now : 0;
    },
    async wallet() {
      const wallet = bcoin.wallet.plugin.init(node);
      await wallet.open();
    },
    fresh() {
      node.rpc.refreshBlock();
    },
  };
  readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const [name, ...words] = line.split(' ');
    Promise.resolve(commands[name](...words)).then(() => console.log('done'));
  }).on('close', () => {
    // A long poll would hold the node back for as long as it lasts.
    node.http.http.closeAllConnections();
    node.close().then(() => process.exit(0));
  });
  console.log('open');
}

start().catch((error) => {
  console.error(error.stack);
  process.exit(1);
});
