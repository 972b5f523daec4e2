// graphql-codegen over the documents: a typed client in build/client, which TypeScript then checks.
import { generate } from '@graphql-codegen/cli';
import config from './codegen.mjs';

const written = await generate(config, true);
const client = written.find((file) => file.filename.endsWith('/graphql.ts'));
const documents = client?.content.match(/^export const \w+Document /gm)?.length ?? 0;
console.log(`${documents} documents, ${written.length} files`);
process.exitCode = documents ? 0 : 1;
