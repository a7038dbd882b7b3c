import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { root } from '../server/root.ts';

/**
 * The arrows of the house. Each part is a set of files, the first pattern that fits; `may` names the parts that its
 * files may import besides their own, and `packages` what else (node's own modules are free where nothing is said).
 */
type Part = { files: RegExp; may: string[]; packages?: RegExp };
const PARTS: Record<string, Part> = {
  // What crosses a wire: words, types, constants. A page may have them, so they bring nothing along.
  schemas: { files: /^server\/protocol\/schemas\//, may: ['protocol'], packages: /^joi$/ },
  protocol: { files: /^server\/protocol\//, may: [], packages: /^$/ },

  // The drawing that pages and pictures share: numbers in, shapes out.
  scene: { files: /^scene\//, may: [], packages: /^$/ },

  root: { files: /^server\/root\.ts$/, may: [], packages: /^node:/ },
  bus: { files: /^server\/bus\.ts$/, may: ['protocol'], packages: /^$/ },
  redis: {
    files: /^server\/redis\.ts$/,
    may: ['bus', 'protocol'],
    packages: /^(ioredis|@socket\.io\/redis-adapter)$/,
  },
  config: { files: /^server\/config\.ts$/, may: ['root'] },
  log: { files: /^server\/log\.ts$/, may: [], packages: /^(pino|prom-client)$/ },
  db: {
    files: /^server\/db\//,
    may: ['protocol', 'root'],
    packages: /^(node:(fs|path)|pg-promise|node-pg-migrate)$/,
  },

  // Inside the domain the arrows have a direction too.
  refusal: { files: /^server\/domain\/refusal\.ts$/, may: ['protocol'], packages: /^$/ },
  days: { files: /^server\/domain\/days\.ts$/, may: ['refusal'], packages: /^$/ },
  cursor: { files: /^server\/domain\/cursor\.ts$/, may: ['refusal'], packages: /^$/ },
  groupCommit: { files: /^server\/domain\/group-commit\.ts$/, may: ['refusal'], packages: /^$/ },
  // What was said and is taken back: one way for every noun.
  redact: { files: /^server\/domain\/redact\.ts$/, may: ['db', 'protocol'], packages: /^$/ },
  ledger: { files: /^server\/domain\/ledger\//, may: ['db', 'bus', 'protocol'] },
  gateways: { files: /^server\/domain\/gateways\//, may: ['refusal', 'protocol'] },
  fraud: { files: /^server\/domain\/fraud\//, may: ['db'] },
  accounts: { files: /^server\/domain\/accounts\//, may: ['refusal', 'db', 'bus', 'protocol'] },
  // What is written to people. It reads what it speaks of, and is handed what only others may make.
  mail: { files: /^server\/domain\/mail\//, may: ['db', 'protocol'], packages: /^$/ },
  mailer: { files: /^server\/mailer\.ts$/, may: ['mail'], packages: /^nodemailer$/ },
  // Who may change a campaign, and the account in the books that it is given when it is made.
  campaigns: {
    files: /^server\/domain\/campaigns\//,
    may: ['accounts', 'ledger', 'refusal', 'db', 'bus', 'protocol'],
  },
  // News of a campaign's team, and who is told; a mailbox is known by its normal form, as when an attempt is judged.
  updates: {
    files: /^server\/domain\/updates\//,
    may: ['campaigns', 'accounts', 'fraud', 'redact', 'refusal', 'db', 'bus', 'protocol'],
  },
  donations: {
    files: /^server\/domain\/donations\//,
    may: [
      'redact',
      'ledger',
      'fraud',
      'gateways',
      'campaigns',
      'accounts',
      'groupCommit',
      'cursor',
      'days',
      'refusal',
      'db',
      'bus',
      'protocol',
    ],
  },
  // Money of a campaign on its way to its bank account, and of a refund to the donor's.
  payouts: {
    files: /^server\/domain\/payouts\//,
    may: [
      'refunds',
      'ledger',
      'gateways',
      'campaigns',
      'accounts',
      'cursor',
      'refusal',
      'db',
      'bus',
      'protocol',
    ],
    packages: /^node:crypto$/,
  },
  // What goes back of gifts, by finance or by banks.
  refunds: {
    files: /^server\/domain\/refunds\//,
    may: [
      'donations',
      'gateways',
      'ledger',
      'campaigns',
      'accounts',
      'cursor',
      'refusal',
      'db',
      'bus',
      'protocol',
    ],
  },
  // What gateways settle with us, and what of a campaign's money is told to whom.
  settlements: {
    files: /^server\/domain\/settlements\//,
    may: ['campaigns', 'accounts', 'ledger', 'cursor', 'days', 'refusal', 'db', 'bus', 'protocol'],
  },
  // The page over a broadcast: its link, and what its team says to it. It shows gifts as the public sees them.
  overlays: {
    files: /^server\/domain\/overlays\//,
    may: ['donations', 'campaigns', 'accounts', 'refusal', 'db', 'bus', 'protocol'],
    packages: /^node:crypto$/,
  },
  // Pictures of campaigns for those who pass the address on.
  sharing: { files: /^server\/domain\/sharing\//, may: ['scene', 'refusal', 'protocol'] },
  // Reads every noun's state, and decides who may.
  feeds: {
    files: /^server\/domain\/feeds\//,
    may: ['overlays', 'donations', 'updates', 'campaigns', 'accounts', 'db', 'protocol'],
  },

  http: {
    files: /^server\/http\//,
    may: [
      'refunds',
      'feeds',
      'donations',
      'payouts',
      'settlements',
      'updates',
      'overlays',
      'campaigns',
      'accounts',
      'gateways',
      'ledger',
      'fraud',
      'sharing',
      'refusal',
      'db',
      'bus',
      'protocol',
      'schemas',
      'root',
    ],
  },
  realtime: {
    files: /^realtime\/(?!(main|open)\.ts$)/,
    may: ['accounts', 'refusal', 'protocol', 'schemas'],
    packages: /^(node:|socket\.io|engine\.io|joi$|prom-client$|ipaddr\.js$)/,
  },
  checkBooks: { files: /^jobs\/check-books\.ts$/, may: ['config', 'db', 'ledger'] },
  jobs: {
    files: /^jobs\/(?!main\.ts$)/,
    may: ['refunds', 'donations', 'updates', 'campaigns', 'ledger', 'db', 'bus'],
  },

  // Where things are opened and put together: the limiter's counters live with its guard, and are opened here.
  wiring: {
    files: /^server\/wiring\.ts$/,
    may: [
      'config',
      'log',
      'bus',
      'redis',
      'mail',
      'mailer',
      'db',
      'accounts',
      'campaigns',
      'donations',
      'payouts',
      'overlays',
      'updates',
      'fraud',
      'gateways',
      'http',
      'protocol',
      'sharing',
    ],
  },
  app: { files: /^server\/app\.ts$/, may: ['config', 'log', 'wiring', 'http', 'refusal'] },
  demo: {
    files: /^server\/demo\//,
    may: ['wiring', 'accounts', 'campaigns', 'donations', 'payouts', 'settlements', 'db', 'protocol', 'root'],
  },
  embedded: { files: /^server\/embedded\//, may: ['root'] },
  mains: {
    files:
      /^(server\/(main|everything|platform|process|closing|listen|probes|migrate|grant|renew-epochs)|realtime\/(main|open)|jobs\/main)\.ts$/,
    may: [
      'app',
      'http',
      'wiring',
      'config',
      'log',
      'bus',
      'db',
      'demo',
      'embedded',
      'root',
      'realtime',
      'jobs',
      'simulator',
      'accounts',
      'feeds',
      'refusal',
      'protocol',
    ],
  },

  client: { files: /^client\//, may: ['protocol'], packages: /^socket\.io-client$/ },
  web: { files: /^web\//, may: ['client', 'protocol', 'scene'] },
  simulator: { files: /^simulator\//, may: [] },
  // They measure and try the house, and may therefore open any part of it. Nothing points back.
  bench: { files: /^bench\//, may: ['*'] },
  test: { files: /^test\//, may: ['*'] },
};

type Import = { from: string; to: string; isPackage: boolean; isType: boolean };

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => !/(^|\/)(node_modules|dist|public)\//.test(file));
const CODE = ['scene', 'server', 'realtime', 'jobs', 'client', 'web', 'simulator', 'bench']
  .flatMap(filesIn)
  .filter(
    (file) => /\.(ts|tsx|mts)$/.test(file) && !file.endsWith('.d.ts') && !file.endsWith('vite.config.ts'),
  );

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** Everything a file names as a module: imports, re-exports, `import()`, workers and type-only imports too. */
function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(join(root, file), 'utf8'));
  const found: [string, boolean][] = [];
  for (const [, isType, path] of text.matchAll(
    /(?:^|[\n;])\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+['"]([^'"]+)['"]/g,
  ))
    found.push([path ?? '', isType !== undefined]);
  for (const [, path] of text.matchAll(/(?:^|[\n;])\s*import\s+['"]([^'"]+)['"]/g))
    found.push([path ?? '', false]);
  for (const [, path] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push([path ?? '', false]);
  for (const [, path] of text.matchAll(/new URL\(\s*['"](\.[^'"]+\.tsx?)['"]/g))
    found.push([path ?? '', false]);
  return found.map(([path, isType]) => {
    const isPackage = !path.startsWith('.');
    return { from: file, to: isPackage ? path : normalize(join(dirname(file), path)), isPackage, isType };
  });
}

const IMPORTS = CODE.flatMap(importsOf);
const partOf = (file: string): string | undefined =>
  Object.entries(PARTS).find(([, { files }]) => files.test(file))?.[0];

describe('the shape of the house', () => {
  it('has a place for every file', () => {
    expect(CODE.length).to.be.greaterThan(150);
    expect(CODE.filter((file) => partOf(file) === undefined)).to.deep.equal([]);
  });

  it('has arrows in one direction only', () => {
    const wrong = IMPORTS.filter(({ from, to, isPackage }) => {
      if (isPackage || !/\.tsx?$/.test(to)) return false;
      const [own, other] = [partOf(from), partOf(to)];
      const may = (own && PARTS[own]?.may) || [];
      return other === undefined || (own !== other && !may.includes(other) && !may.includes('*'));
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).to.deep.equal([]);
  });

  it('brings along only the packages that each part is about', () => {
    const wrong = IMPORTS.filter(({ from, to, isPackage }) => {
      const own = partOf(from);
      const packages = own && PARTS[own]?.packages;
      return isPackage && packages && !packages.test(to);
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).to.deep.equal([]);
  });

  it('lets the domain know no web server, no socket, no clock and no environment', () => {
    const doors =
      /^(express|socket\.io|helmet|node-cron|cookie|pg|pg-promise|node:http|node:net|prom-client|pino)$/;
    const wrong = IMPORTS.filter(
      ({ from, to, isPackage, isType }) =>
        /^server\/domain\//.test(from) && isPackage && doors.test(to) && !isType,
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).to.deep.equal([]);
  });

  it('opens the house in its mains alone; others may only name its type', () => {
    const wrong = IMPORTS.filter(
      ({ from, to, isType }) =>
        to === 'server/wiring.ts' && !isType && partOf(from) !== 'mains' && partOf(from) !== 'bench',
    );
    const values = wrong.filter(
      ({ from }) => !/import \{ type House \} from/.test(readFileSync(join(root, from), 'utf8')),
    );
    expect(values.map(({ from }) => from)).to.deep.equal([]);
  });

  it('gives pages and client types and constants of the protocol, and nothing that checks', () => {
    const seen = IMPORTS.filter(
      ({ from, to }) => /^(web|client)\//.test(from) && /^(server|realtime|jobs|simulator)\//.test(to),
    );
    expect(seen.length).to.be.greaterThan(10);
    expect(
      seen
        .filter(({ to }) => !/^server\/protocol\/[\w-]+\.ts$/.test(to))
        .map(({ from, to }) => `${from} → ${to}`),
    ).to.deep.equal([]);
  });

  it('runs in no circle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, isPackage } of IMPORTS)
      if (!isPackage) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const to of next.get(file) ?? []) walk(to, [...path, file]);
      done.add(file);
    };
    for (const file of CODE) walk(file, []);
    expect(circles).to.deep.equal([]);
  });

  it('reads the environment in one file', () => {
    // The simulator is a program of its own beside the house, and so is what measures it.
    const readers = CODE.filter((file) => /^(server|realtime|jobs|client|web)\//.test(file)).filter((file) =>
      /process\s*\.\s*env\b|\benv\b[^'"\n]*\bfrom 'node:process'|import\.meta\.env/.test(
        withoutComments(readFileSync(join(root, file), 'utf8')),
      ),
    );
    expect(readers).to.deep.equal(['server/config.ts']);
  });

  it('has no barrels: a name is imported from where it is made', () => {
    // A package has one entry; it is for others, and none of ours goes through it.
    const entry = 'client/src/index.ts';
    expect(IMPORTS.filter(({ to }) => to === entry)).to.deep.equal([]);
    const own = CODE.filter((file) => file !== entry);
    expect(own.filter((file) => /(^|\/)index\.[mc]?tsx?$/.test(file))).to.deep.equal([]);
    const passedOn = own.filter((file) =>
      /^\s*export\s+(type\s+)?(\*|\{[^}]*\})\s*(as\s+\w+\s*)?from\b/m.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    expect(passedOn).to.deep.equal([]);
    expect(CODE.filter((file) => /(^|\/)types\.ts$/.test(file))).to.deep.equal([]);
  });

  describe('of its SQL', () => {
    const all = filesIn('sql').filter((file) => file.endsWith('.sql'));
    const used = new Map<string, string[]>();
    for (const file of CODE) {
      for (const [, path] of readFileSync(join(root, file), 'utf8').matchAll(
        /['"`]([\w-]+\/[\w-]+\.sql)['"`]/g,
      ))
        used.set(`sql/${path}`, [...(used.get(`sql/${path}`) ?? []), file]);
    }

    it('has each query in one file that its noun’s module uses, once', () => {
      const queries = all.filter((file) => !/^sql\/(checks|migrations)\//.test(file));
      expect(queries.length).to.be.greaterThan(50);
      const wrong = queries.filter((file) => {
        const [by, ...more] = used.get(file) ?? [];
        return by !== `server/db/${file.split('/')[1]}.ts` || more.length > 0;
      });
      expect(wrong.map((file) => `${file}: ${used.get(file) ?? 'unused'}`)).to.deep.equal([]);
      expect([...used.keys()].filter((file) => !all.includes(file))).to.deep.equal([]);
    });

    it('keeps checks where the ledger finds them, and migrations where they are run, in one order', () => {
      expect(readFileSync(join(root, 'server/db/ledger.ts'), 'utf8')).to.include("'sql/checks'");
      expect(readFileSync(join(root, 'server/db/migrate.ts'), 'utf8')).to.include("'sql/migrations'");
      const numbers = all
        .filter((file) => file.startsWith('sql/migrations/'))
        .map((file) => file.slice(15, 19))
        .sort();
      expect(numbers).to.deep.equal(numbers.map((_, i) => String(i + 1).padStart(4, '0')));
    });

    it('is written nowhere else in the house', () => {
      const statement = /[`'"]\s*(select|insert into|update|delete from|with)\s[^`'"]*\bsk\./i;
      // Whether there is anything to show yet is a question of the demo's own.
      const wrong = CODE.filter(
        (file) => /^(server|realtime|jobs)\//.test(file) && !/^server\/demo\//.test(file),
      ).filter((file) => statement.test(withoutComments(readFileSync(join(root, file), 'utf8'))));
      expect(wrong).to.deep.equal([]);
    });
  });
});
