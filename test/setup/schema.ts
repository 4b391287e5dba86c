// npm run schema: writes the JSON schema of the config file that is shipped in config/.
import { writeFileSync } from 'node:fs';
import { jsonSchema } from '../../src/config/schema.ts';

const file = new URL('../../config/moongate.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(jsonSchema(), null, 2)}\n`);
