// The hub as a page sees it: asking, following, and amounts as text. It touches nothing of the page, so it runs in Node as well.

const ENDPOINT = '/graphql';
const PROTOCOL = 'graphql-transport-ws';
const POLL_MILLISECONDS = 3_000;
const AGAIN_MILLISECONDS = 15_000;
const SETTLED_MILLISECONDS = 1_000; // a subscription that is refused is refused by then
const TOGETHER_MILLISECONDS = 300; // events that come at once are one reason to look

// What a run does is told by events; one is only a hint to look again, so nothing of it is needed.
const RUN_EVENTS = 'subscription SyncRunEventsSubscription { syncRunEvents { __typename } }';

/** @typedef {{ amount: string, currency: string }} Money */

/** An answer that is not what was asked for. `refused` is the token, if that is what is wrong. */
export class HubError extends Error {
  /** @param {string} message @param {string | null} [refused] */
  constructor(message, refused = null) {
    super(message);
    this.name = 'HubError';
    this.refused = refused;
  }
}

/**
 * Send an operation; gives its data. Errors in single fields are errors too: this page shows no half of an answer.
 * @param {string} token @param {string} query @param {Record<string, unknown>} [variables]
 * @returns {Promise<any>}
 */
export async function ask(token, query, variables = {}) {
  let response;
  try {
    response = await fetch(ENDPOINT, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new HubError('The hub does not answer. Is it running?');
  }
  if (response.status === 401) throw new HubError('This token is not valid.', token);
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new HubError(`The hub answered ${response.status} and nothing that can be read.`);
  }
  if (answer.errors?.length) throw new HubError(answer.errors.map((/** @type {{ message: string }} */ error) => error.message).join('\n'));
  return answer.data;
}

/**
 * The text of one of the documents that lie beside this page.
 * @param {string} name @returns {Promise<string>}
 */
export async function documentOf(name) {
  const response = await fetch(`${name}.graphql`);
  if (!response.ok) throw new HubError(`The document ${name} cannot be read.`);
  return response.text();
}

/**
 * Call `look` now and whenever a run may have moved: told by a subscription, or every few seconds where the hub has none. `tell` is
 * told how. Gives a function that ends it.
 * @param {string} token
 * @param {{ look: () => unknown, tell: (how: 'live' | 'polling') => void }} listener
 * @param {string} [address] where the socket is; that of this page if left out
 * @returns {() => void}
 */
export function follow(token, { look, tell }, address = socketAddress()) {
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let polling;
  /** @type {Record<'again' | 'settled' | 'hinted', ReturnType<typeof setTimeout> | undefined>} */
  const waiting = { again: undefined, settled: undefined, hinted: undefined };
  let ended = false;

  const poll = () => {
    if (ended || polling) return;
    tell('polling');
    polling = setInterval(look, POLL_MILLISECONDS);
  };
  const live = () => {
    clearTimeout(waiting.settled);
    clearInterval(polling);
    polling = undefined;
    tell('live');
  };
  const hint = () => {
    waiting.hinted ??= setTimeout(() => {
      waiting.hinted = undefined;
      look();
    }, TOGETHER_MILLISECONDS);
  };
  const listen = () => {
    let isRefused = false;
    socket = new WebSocket(address, PROTOCOL);
    socket.onopen = () => socket?.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === 'connection_ack') {
        socket?.send(JSON.stringify({ id: 'runs', type: 'subscribe', payload: { query: RUN_EVENTS } }));
        waiting.settled = setTimeout(live, SETTLED_MILLISECONDS);
        hint(); // what happened before is seen by looking once
      } else if (message.type === 'ping') {
        socket?.send(JSON.stringify({ type: 'pong' }));
      } else if (message.type === 'next') {
        live();
        hint();
      } else if (message.type === 'error' || message.type === 'complete') {
        isRefused = message.type === 'error';
        socket?.close(1000);
      }
    };
    socket.onclose = () => {
      clearTimeout(waiting.settled);
      poll();
      if (!ended && !isRefused) waiting.again = setTimeout(listen, AGAIN_MILLISECONDS);
    };
  };

  look();
  listen();
  return () => {
    ended = true;
    clearInterval(polling);
    Object.values(waiting).forEach(clearTimeout);
    socket?.close(1000);
  };
}

function socketAddress() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ENDPOINT}`;
}

/**
 * An amount for people, such as `1,234.50 EUR`. It is a decimal in text and stays one: no number of JavaScript ever holds it.
 * @param {Money | null | undefined} money @returns {string}
 */
export function inWords(money) {
  if (!money) return '–';
  const [, sign, whole, fraction] = /^(-?)(\d+)(\.\d+)?$/.exec(money.amount) ?? [];
  if (whole === undefined) return `${money.amount} ${money.currency}`;
  return `${sign ? '−' : ''}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction ?? ''} ${money.currency}`;
}

/**
 * Whether an amount is more than nothing.
 * @param {Money | null | undefined} money @returns {boolean}
 */
export function isPositive(money) {
  return Boolean(money) && /^\d*\.?\d*[1-9]/.test(/** @type {Money} */ (money).amount);
}
