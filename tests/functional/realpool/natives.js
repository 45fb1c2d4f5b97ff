// SPDX-License-Identifier: MIT
// Stand-ins for the two native add-ons of the pool server, which are not built: whole numbers of
// any size on BigInt, and SHA-256d on Node's own crypto. Only what the pool calls is here.
'use strict';

const Module = require('module');
const { createHash } = require('crypto');

class Whole {
  constructor(value) {
    this.value = value;
  }
  mul(other) {
    return new Whole(this.value * whole(other).value);
  }
  pow(other) {
    return new Whole(this.value ** whole(other).value);
  }
  ge(other) {
    return this.value >= whole(other).value;
  }
  toNumber() {
    return Number(this.value);
  }
}

function whole(value, base) {
  if (value instanceof Whole) return value;
  return new Whole(BigInt(base === 16 ? '0x' + value : value));
}

whole.fromBuffer = (buffer, options) => {
  const bytes = Buffer.from(buffer);
  if (options && options.endian === 'little') bytes.reverse();
  return whole(bytes.toString('hex') || '0', 16);
};

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

const standIns = {
  'bignum': whole,
  'foundation-multi-hashing': { sha256d: (bytes) => sha256(sha256(bytes)) },
};

const load = Module._load;
Module._load = function (name, ...rest) {
  return standIns[name] || load.call(this, name, ...rest);
};
