// The module of the example front end that touches no page: amounts as text, what is asked, and following with and without subscriptions.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { HubError, ask, follow, inWords, isPositive } from '../docs/examples/hub.js';

const money = (amount, currency = 'EUR') => ({ amount, currency });

test('amounts keep every digit, however many there are', () => {
  assert.equal(inWords(money('90071992547409931234.05')), '90,071,992,547,409,931,234.05 EUR');
  assert.equal(inWords(money('0.10')), '0.10 EUR');
  assert.equal(inWords(money('999')), '999 EUR');
  assert.equal(inWords(money('-1234567', 'JPY')), '−1,234,567 JPY');
  assert.equal(inWords(money('1000.125', 'KWD')), '1,000.125 KWD');
});

test('an amount that is not there is a dash, and one that is no decimal stays as it came', () => {
  assert.equal(inWords(null), '–');
  assert.equal(inWords(money('1E+3')), '1E+3 EUR');
});

test('only what is more than nothing is positive', () => {
  assert.deepEqual(['0', '0.00', '-5.00', '0.01', '120.00', '10'].map((amount) => isPositive(money(amount))), [false, false, false, true, true, true]);
  assert.equal(isPositive(null), false);
});

const answered = (body, status = 200) => mock.fn(async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));

test('an operation carries the token and its variables, and gives its data', async () => {
  globalThis.fetch = answered({ data: { viewer: { name: 'x' } } });
  assert.deepEqual(await ask('dun_1', '{ viewer { name } }', { first: 1 }), { viewer: { name: 'x' } });
  const [address, { headers, body }] = fetch.mock.calls[0].arguments;
  assert.equal(address, '/graphql');
  assert.equal(headers.authorization, 'Bearer dun_1');
  assert.deepEqual(JSON.parse(body), { query: '{ viewer { name } }', variables: { first: 1 } });
});

for (const [name, answer, status, said, refused] of [
  ['a token that is not valid', '', 401, /not valid/, 't'],
  ['errors of the API', { errors: [{ message: 'one' }, { message: 'two' }], data: null }, 200, /one\ntwo/, null],
  ['an answer that is no JSON', '<html>', 502, /502/, null],
]) {
  test(`${name}: an error in words`, async () => {
    globalThis.fetch = answered(answer, status);
    await assert.rejects(ask('t', '{ x }'), (error) => error instanceof HubError && said.test(error.message) && error.refused === refused);
  });
}

test('a hub that does not answer: an error in words', async () => {
  globalThis.fetch = mock.fn(() => Promise.reject(new TypeError('refused')));
  await assert.rejects(ask('t', '{ x }'), /Is it running/);
});

// --- following -----------------------------------------------------------------------------------

class Socket {
  static all = [];
  sent = [];
  constructor(address, protocol) {
    Object.assign(this, { address, protocol });
    Socket.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.onclose?.();
  }
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  acknowledges() {
    this.onopen();
    this.says({ type: 'connection_ack' });
  }
}

let listener;
let stop;
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  Socket.all = [];
  globalThis.WebSocket = Socket;
  listener = { look: mock.fn(), tell: mock.fn() };
  stop = () => {};
});
afterEach(() => {
  stop();
  mock.timers.reset();
});
const following = () => {
  stop = follow('dun_1', listener, 'ws://here/graphql');
  return Socket.all[0];
};
const told = () => listener.tell.mock.calls.map((call) => call.arguments[0]);
const looks = () => listener.look.mock.callCount();

test('the token goes with the first message, and the subscription comes after the answer', () => {
  const socket = following();
  assert.equal(socket.protocol, 'graphql-transport-ws');
  socket.onopen();
  assert.deepEqual(socket.sent, [{ type: 'connection_init', payload: { authorization: 'Bearer dun_1' } }]);
  socket.says({ type: 'connection_ack' });
  assert.match(socket.sent[1].payload.query, /syncRunEvents/);
});

test('a page looks once at the start and once for all events that come at once', () => {
  const socket = following();
  assert.equal(looks(), 1);
  socket.acknowledges();
  mock.timers.tick(1_000);
  const before = looks();
  for (let event = 0; event < 50; event += 1) socket.says({ id: 'runs', type: 'next', payload: { data: {} } });
  mock.timers.tick(1_000);
  assert.equal(looks(), before + 1);
  assert.equal(told().at(-1), 'live');
  mock.timers.tick(60_000);
  assert.equal(looks(), before + 1);
});

test('a hub without subscriptions is looked up every few seconds, and not asked for them again', () => {
  const socket = following();
  socket.acknowledges();
  socket.says({ id: 'runs', type: 'error', payload: [{ message: 'There are no subscriptions yet' }] });
  assert.deepEqual(told(), ['polling']);
  const before = looks();
  mock.timers.tick(9_500);
  assert.ok(looks() >= before + 3);
  mock.timers.tick(60_000);
  assert.equal(Socket.all.length, 1);
});

test('a socket that breaks is bridged by looking up, until a new one is live', () => {
  const socket = following();
  socket.acknowledges();
  mock.timers.tick(1_000);
  socket.onclose();
  assert.deepEqual(told(), ['live', 'polling']);
  mock.timers.tick(15_000);
  assert.equal(Socket.all.length, 2);
  Socket.all[1].acknowledges();
  mock.timers.tick(1_000);
  assert.deepEqual(told(), ['live', 'polling', 'live']);
});

test('pings are answered', () => {
  const socket = following();
  socket.says({ type: 'ping' });
  assert.deepEqual(socket.sent, [{ type: 'pong' }]);
});

test('after the end nothing is looked at any more', () => {
  const socket = following();
  socket.acknowledges();
  stop();
  const before = looks();
  mock.timers.tick(120_000);
  assert.equal(looks(), before);
  assert.equal(Socket.all.length, 1);
});
