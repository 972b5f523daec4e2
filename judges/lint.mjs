// graphql-eslint over the committed schema. What is allowed is named one by one in allowed.mjs; whatever else it finds is a finding,
// and so is an allowance that nothing needs any more.
import { ESLint } from 'eslint';
import { allowed } from './allowed.mjs';

const results = await new ESLint({ overrideConfigFile: 'eslint.config.mjs' }).lintFiles(['build/schema.graphql']);
const findings = results.flatMap((result) => result.messages);
const is = (finding, one) => finding.ruleId === `@graphql-eslint/${one.rule}` && finding.message.includes(one.about);

const wrong = findings.filter((finding) => !allowed.some((one) => is(finding, one)));
const unused = allowed.filter((one) => !findings.some((finding) => is(finding, one)));
for (const { line, ruleId, message } of wrong) console.log(`schema.graphql:${line} ${ruleId}: ${message}`);
for (const { rule, about } of unused) console.log(`allowed.mjs: nothing needs ${rule} for ${about} any more`);
console.log(`${wrong.length + unused.length} findings, ${findings.length - wrong.length} allowed`);
process.exitCode = wrong.length || unused.length ? 1 : 0;
