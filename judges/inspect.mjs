// Changes of the schema since the last release. Arguments: the file of the old schema, or none when there is no release.
// A change that breaks clients is a finding; one that may surprise them is shown.
import { readFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, parse, print, visit } from 'graphql';

const { Breaking, Dangerous } = CriticalityLevel;
const now = readFileSync('../schema/schema.graphql', 'utf8');
const changes = async (before, after) => diff(buildSchema(before), buildSchema(after));
const those = (found, level) => found.filter((change) => change.criticality.level === level);

// The judge must see a field that goes, or its silence would mean nothing.
let isIn;
const without = visit(parse(now), {
  ObjectTypeDefinition: (node) => {
    isIn = node.name.value === 'Viewer';
  },
  FieldDefinition: (node) => (isIn && node.name.value === 'name' ? null : undefined),
});
const seen = those(await changes(now, print(without)), Breaking);
if (seen.length !== 1) {
  console.log(`of Viewer.name, which is taken away here, the judge sees ${seen.length} breaking changes`);
  process.exit(1);
}

const [base, release] = process.argv.slice(2);
if (base === undefined) {
  console.log('no release yet: nothing to compare (it does see a field that is taken away)');
} else {
  const found = await changes(readFileSync(base, 'utf8'), now);
  for (const level of [Dangerous, Breaking]) {
    for (const change of those(found, level)) console.log(`${level}: ${change.message}`);
  }
  const breaking = those(found, Breaking).length;
  console.log(`since ${release}: ${found.length} changes, ${those(found, Dangerous).length} dangerous, ${breaking} breaking`);
  process.exitCode = breaking ? 1 : 0;
}
