// The audit of GraphQL over HTTP. Arguments: the URL of the API; the token is in DUNWELL_TOKEN.
import { auditServer } from 'graphql-http';

const url = process.argv[2];
const authorization = `Bearer ${process.env.DUNWELL_TOKEN}`;

const results = await auditServer({
  url,
  fetchFn: (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, authorization } }),
});
const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) console.log(`${result.status.padEnd(6)} ${result.id} ${result.name}: ${result.reason}`);
console.log(`${results.length - failed.length} of ${results.length} behaviours`);
process.exitCode = failed.length ? 1 : 0;
