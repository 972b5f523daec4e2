// The page: signing in, the list of customers, one customer, and the runs of the connections. All text goes in as text, never as markup.
import { HubError, ask, documentOf, follow, inWords, isPositive } from './hub.js';

const TOKEN = 'token';
const PAGE_SIZE = 15;
const RUNS = 8;
const VIEWER = 'query ViewerQuery { viewer { name role workspace { name businessDate } } }';

/** @typedef {Node | string | number | null | undefined} Content */

const documents = { customers: '', customer: '', runs: '' };
/** Where the pages before this one began, and where the next one begins. @type {{ before: (string | null)[], after: string | null, next: string | null }} */
const place = { before: [], after: null, next: null };
let stopFollowing = () => {};
let newest = { customers: 0, customer: 0, runs: 0 };

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {string} id @returns {HTMLInputElement} */
const input = (id) => /** @type {HTMLInputElement} */ (part(id));

/** @param {string} id @returns {HTMLButtonElement} */
const button = (id) => /** @type {HTMLButtonElement} */ (part(id));

/**
 * An element with what is in it; text stays text.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Partial<HTMLElementTagNameMap[Name]>} [properties] @param {...Content} contents
 * @returns {HTMLElementTagNameMap[Name]}
 */
function make(name, properties = {}, ...contents) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...contents.filter((content) => content !== null && content !== undefined).map((content) => (content instanceof Node ? content : String(content))));
  return made;
}

/** @param {Content} content @returns {HTMLTableCellElement} */
const cell = (content) => make('td', {}, content ?? '–');

/** @param {Content} content @returns {HTMLTableCellElement} */
const number = (content) => make('td', { className: 'number' }, content ?? '–');

/** @param {import('./hub.js').Money | null} money @returns {HTMLTableCellElement} */
const late = (money) => make('td', { className: isPositive(money) ? 'number late' : 'number' }, inWords(money));

/** @param {string} title @param {string[]} heads @param {HTMLTableRowElement[]} rows @returns {HTMLElement} */
function table(title, heads, rows) {
  const head = make('tr', {}, ...heads.map((text) => make('th', { className: text.endsWith('#') ? 'number' : '' }, text.replace('#', ''))));
  const body = rows.length ? make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)) : make('p', {}, 'None.');
  return make('div', {}, make('h3', {}, title), body);
}

/** An instant in the reader's own time. @param {string | null} text @returns {string | null} */
const instant = (text) => (text ? new Date(text).toLocaleString() : null);

// --- signing in ----------------------------------------------------------------------------------

const token = () => sessionStorage.getItem(TOKEN) ?? '';

/** @param {unknown} error */
function tell(error) {
  const refused = error instanceof HubError ? error.refused : null;
  if (refused !== null && refused !== token()) return; // said of a token that is no longer in use
  part('trouble').textContent = error instanceof Error ? error.message : String(error);
  part('trouble').hidden = false;
  if (refused !== null) signOut();
  if (!(error instanceof HubError)) console.error(error);
}

/** Do something that may fail, and say so on the page when it does. @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
    part('trouble').hidden = true;
  } catch (error) {
    tell(error);
  }
}

function signOut() {
  stopFollowing();
  sessionStorage.removeItem(TOKEN);
  for (const id of ['content', 'sign-out', 'customer']) part(id).hidden = true;
  for (const id of ['customer', 'customer-rows', 'run-rows', 'connections', 'viewer']) part(id).replaceChildren();
  part('sign-in').hidden = false;
}

async function signIn() {
  const { viewer } = await ask(token(), VIEWER);
  [documents.customers, documents.customer, documents.runs] = await Promise.all(['customers', 'customer', 'sync-runs'].map(documentOf));
  part('viewer').textContent = `${viewer.workspace.name} on ${viewer.workspace.businessDate}, as ${viewer.name} (${viewer.role})`;
  part('sign-in').hidden = true;
  part('content').hidden = part('sign-out').hidden = false;
  stopFollowing();
  stopFollowing = follow(token(), { look: () => showRuns().catch(stopAt), tell: tellFollowing });
  await showCustomers(null);
}

// --- customers -----------------------------------------------------------------------------------

/** @param {string | null} after */
async function showCustomers(after) {
  const mine = ++newest.customers;
  const name = input('name').value.trim();
  const where = name ? { name: { contains: name } } : null;
  const { customers } = await ask(token(), documents.customers, { first: PAGE_SIZE, after, where });
  if (mine !== newest.customers) return; // a later question has been asked meanwhile
  Object.assign(place, { after, next: customers.pageInfo.hasNextPage ? customers.pageInfo.endCursor : null });
  part('count').textContent = `${customers.totalCount} found`;
  part('customer-rows').replaceChildren(...customers.nodes.map(customerRow));
  button('previous').disabled = place.before.length === 0;
  button('next').disabled = place.next === null;
}

/** @param {any} customer @returns {HTMLTableRowElement} */
function customerRow(customer) {
  const open = make('button', { type: 'button', className: 'link' }, customer.name);
  open.addEventListener('click', () => attempt(() => showCustomer(customer.id)));
  const { health } = customer;
  return make('tr', {}, cell(open), cell(customer.country), number(inWords(health?.outstanding)), late(health?.overdueAmount), number(health?.overdueInvoiceCount));
}

/** @param {string} id */
async function showCustomer(id) {
  const mine = ++newest.customer;
  const { customer } = await ask(token(), documents.customer, { id });
  if (mine !== newest.customer) return;
  if (!customer) throw new HubError('This customer is no longer there.');
  const section = part('customer');
  section.replaceChildren(
    make('h2', {}, customer.name),
    make('p', {}, [customer.legalName, customer.country].filter(Boolean).join(', ')),
    figures(customer.health),
    table('Where it is known', ['Connection', 'Kind', 'Id there', 'Why not'], customer.links.map(linkRow)),
    table('Contacts', ['Name', 'Job', 'Email', 'Phone'], customer.contacts.nodes.map(contactRow)),
    table(`Open invoices (${customer.invoices.totalCount})`, ['Number', 'Status', 'Date', 'Due', 'Days late#', 'Total#', 'Still due#', 'Settled by'], customer.invoices.nodes.map(invoiceRow)),
    table('Latest payments', ['Date', 'State', 'Amount#', 'Not yet used#'], customer.payments.nodes.map(paymentRow)),
  );
  section.hidden = false;
  section.scrollIntoView({ block: 'start' });
}

/** @param {any} health @returns {HTMLElement} */
function figures(health) {
  if (!health) return make('p', {}, 'You may not see its figures.');
  const shown = [
    ['Outstanding', inWords(health.outstanding)],
    ['Overdue', inWords(health.overdueAmount)],
    ['Credit', inWords(health.unutilisedCredit)],
    ['Payments not yet used', inWords(health.unaccountedPayment)],
    ...health.ageing.map((/** @type {any} */ bucket) => [`${bucket.label} days late`.replace('current days late', 'Not late'), `${inWords(bucket.amount)} (${bucket.invoiceCount})`]),
    ['As of', health.complete ? health.asOf : `${health.asOf}; not complete, for lack of rates for ${health.missingRates.join(', ') || 'some amounts'}`],
  ];
  return make('dl', {}, ...shown.flatMap(([term, text]) => [make('dt', {}, term), make('dd', {}, text)]));
}

/** @param {any} link @returns {HTMLTableRowElement} */
function linkRow(link) {
  const id = link.externalId && link.url && /^https?:\/\//i.test(link.url) ? make('a', { href: link.url, rel: 'noreferrer noopener', target: '_blank' }, link.externalId) : link.externalId;
  return make('tr', {}, cell(link.connection), cell(link.kind), cell(id), cell(link.reason));
}

/** @param {any} contact @returns {HTMLTableRowElement} */
function contactRow(contact) {
  return make('tr', {}, cell(contact.isPrimary ? `${contact.name} (first)` : contact.name), cell(contact.jobTitle), cell(contact.email), cell(contact.phone));
}

/** @param {any} invoice @returns {HTMLTableRowElement} */
function invoiceRow(invoice) {
  const settled = invoice.settlements.map((/** @type {any} */ one) => `${one.kind} ${inWords(one.amount)}, ${one.effectiveDate}`).join('; ');
  const days = invoice.daysPastDue > 0 ? invoice.daysPastDue : null;
  return make('tr', {}, cell(invoice.number), cell(invoice.status), cell(invoice.documentDate), cell(invoice.nextDueDate), number(days), number(inWords(invoice.total)), number(inWords(invoice.amountDue)), cell(settled || null));
}

/** @param {any} payment @returns {HTMLTableRowElement} */
function paymentRow(payment) {
  return make('tr', {}, cell(payment.paymentDate), cell(payment.state), number(inWords(payment.amount)), number(inWords(payment.unapplied)));
}

// --- runs ----------------------------------------------------------------------------------------

/** @param {'live' | 'polling'} how */
function tellFollowing(how) {
  part('following').textContent = how === 'live' ? 'Live: what a run does is shown as it happens.' : 'Looked up every few seconds.';
}

/** @param {unknown} error */
function stopAt(error) {
  part('following').textContent = error instanceof Error ? error.message : String(error);
  if (error instanceof HubError && error.refused !== null) tell(error);
}

async function showRuns() {
  const mine = ++newest.runs;
  const { syncRuns, connections } = await ask(token(), documents.runs, { first: RUNS });
  if (mine !== newest.runs) return;
  part('run-rows').replaceChildren(...syncRuns.nodes.map(runRow));
  part('connections').replaceChildren(...connections.nodes.map((/** @type {any} */ one) => make('li', {}, `${one.name} (${one.kind}): ${one.health?.summary ?? 'nothing is known of it'}`)));
}

/** @param {any} run @returns {HTMLTableRowElement} */
function runRow(run) {
  const told = run.message ?? (run.waitingUntil ? `waits until ${instant(run.waitingUntil)}` : null);
  const counts = [run.readCount, run.createdCount, run.updatedCount, run.deletedCount, run.rejectedCount];
  return make('tr', {}, cell(run.connection?.name), cell(run.status), cell(instant(run.startedAt)), cell(instant(run.endedAt)), ...counts.map(number), cell(told));
}

// --- what people do ------------------------------------------------------------------------------

part('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, input('token').value.trim());
  input('token').value = '';
  attempt(signIn);
});
part('sign-out').addEventListener('click', signOut);
part('search').addEventListener('submit', (event) => {
  event.preventDefault();
  place.before = [];
  attempt(() => showCustomers(null));
});
button('next').addEventListener('click', () => {
  if (place.next === null) return;
  place.before.push(place.after);
  attempt(() => showCustomers(place.next));
});
button('previous').addEventListener('click', () => {
  if (place.before.length) attempt(() => showCustomers(place.before.pop() ?? null));
});

if (token()) attempt(signIn);
else signOut();
