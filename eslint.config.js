import { config } from './test/lint/config.ts';

export default config(import.meta.dirname);
