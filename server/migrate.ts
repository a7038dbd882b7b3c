import { readMigrateConfig } from './config.ts';
import { migrate } from './db/migrate.ts';

await migrate(readMigrateConfig().migrateDatabaseUrl, (line) => console.log(line));
