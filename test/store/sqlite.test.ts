import { storeSuite } from './suite.ts';
import { sqlitePlace } from './place.ts';

storeSuite('store on SQLite', sqlitePlace);
