import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { timetable } from '../jobs/timetable.ts';
import { CONNECTIONS_MAX } from '../realtime/limits.ts';
import { openLog } from '../server/log.ts';
import { root } from '../server/root.ts';
import { expectBalancedBooks, liveCampaign } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { DOCKER_COMPOSE, ensureProgram, PROMTOOL } from './support/programs.ts';
import { figuresIn, groupsIn } from './support/promql.ts';
import { startPrometheus, type TestPrometheus } from './support/services.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

type Rule = {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};
type Rules = { groups: { name: string; rules: Rule[] }[] };
type Panel = {
  id: number;
  type: string;
  title: string;
  datasource?: { uid: string };
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: { refId: string; expr: string; datasource: { uid: string } }[];
};
type Dashboard = { uid: string; panels: Panel[]; annotations: { list: { expr: string }[] } };
type Tried = { tests: { promql_expr_test: { expr: string; exp_samples: unknown[] }[] }[] };
type Sample = { metric: Record<string, string>; value: [number, string] };

const PROMETHEUS_FOLDER = join(root, 'deploy/prometheus');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder)).map((file) => join(root, folder, file));
const RULE_FILES = filesIn('deploy/prometheus/rules');
const TEST_FILES = filesIn('deploy/prometheus/tests');
const RULES = RULE_FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as Rules).groups).flatMap(
  ({ rules }) => rules,
);
const ALARMS = [...new Set(RULES.flatMap(({ alert }) => alert ?? []))].sort();
const DASHBOARD: Dashboard = JSON.parse(read('deploy/grafana/dashboards/sangkuriang.json'));
const SHOWN = [
  ...DASHBOARD.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...DASHBOARD.annotations.list.map(({ expr }) => expr),
];

/** What Prometheus itself says, or adds to what it is told. */
const ITS_OWN: Record<string, string[]> = { up: [], ALERTS: ['alertname', 'alertstate', 'severity'] };
const ADDED = ['job', 'instance'];
const SUFFIX = /_(bucket|sum|count)$/;
const ASK_EVERY_MS = 1_000;
/** The figures of the database are read four times a minute. */
const FIGURES_MS_MAX = 40_000;

async function promtool(...args: string[]): Promise<{ ok: boolean; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(await ensureProgram(PROMTOOL), args);
    return { ok: true, said: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, said: `${stdout}${stderr}${error}` };
  }
}

describe('those who look after the platform', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sangkuriang-observe-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  describe('are woken', () => {
    it('by rules that Prometheus understands', async () => {
      const config = await promtool('check', 'config', join(PROMETHEUS_FOLDER, 'prometheus.yml'));
      expect(config.ok, config.said).to.equal(true);
      const rules = await promtool('check', 'rules', '--lint=all', '--lint-fatal', ...RULE_FILES);
      expect(rules.ok, rules.said).to.equal(true);
    });

    it('when there is reason, and left alone when there is none', async () => {
      const { ok, said } = await promtool('test', 'rules', ...TEST_FILES);
      expect(ok, said).to.equal(true);
    });

    /** Which alarms' tests fail once every alarm asks this instead. */
    async function failingWith(question: string): Promise<string[]> {
      const folder = await mkdtemp(join(dir, 'changed-'));
      await cp(PROMETHEUS_FOLDER, folder, { recursive: true });
      for (const file of readdirSync(join(folder, 'rules'))) {
        const rules = parse(readFileSync(join(folder, 'rules', file), 'utf8')) as Rules;
        for (const rule of rules.groups.flatMap((group) => group.rules)) if (rule.alert) rule.expr = question;
        await writeFile(join(folder, 'rules', file), stringify(rules));
      }
      const tests = readdirSync(join(folder, 'tests')).map((file) => join(folder, 'tests', file));
      const { said } = await promtool('test', 'rules', ...tests);
      return [
        ...new Set([...said.matchAll(/expr: "ALERTS\{alertname=\\?"(\w+)/g)].map(([, name]) => name ?? '')),
      ].sort();
    }
    it('by alarms of which each was tried, both ways', async function () {
      this.timeout(30_000);
      const tried = TEST_FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as Tried).tests).flatMap(
        (test) => test.promql_expr_test,
      );
      for (const name of ALARMS) {
        const looks = tried.filter(({ expr }) => expr === `ALERTS{alertname="${name}", alertstate="firing"}`);
        for (const rings of [true, false])
          expect(
            looks.some((look) => look.exp_samples.length > 0 === rings),
            `${name} ${rings ? 'rings' : 'is silent'}`,
          ).to.equal(true);
      }
      expect(await failingWith('vector(0) > 1')).to.deep.equal(ALARMS);
    });

    it('and told what it means, how urgent it is, and where to read on', () => {
      const sections = new Map(
        read('docs/runbook.md')
          .split(/^### /m)
          .slice(1)
          .map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
      );
      expect([...sections.keys()].sort()).to.deep.equal(ALARMS);
      for (const { alert, labels, annotations } of RULES.filter((rule) => rule.alert)) {
        expect(['critical', 'warning'], alert).to.include(labels?.severity);
        expect(annotations, alert).to.have.all.keys('summary', 'description', 'runbook');
        expect(annotations?.runbook).to.equal(`docs/runbook.md#${alert?.toLowerCase()}`);
        expect(sections.get(alert ?? '')?.length, alert).to.be.greaterThan(150);
      }
    });

    it('before the bounds that stand in the code are reached', () => {
      const full = RULES.find(({ alert }) => alert === 'LiveNearlyFull');
      expect(full?.expr).to.match(new RegExp(`> ${CONNECTIONS_MAX * 0.8}$`));
    });
  });

  describe('see figures', () => {
    let platform: TestPlatform;
    let outside: Visitor;
    let prometheus: TestPrometheus;
    let exposition: string;
    /** Each figure's kind and the labels that it may carry. */
    let figures: Map<string, { type: string; labels: string[] }>;

    before(async function () {
      this.timeout(90_000);
      platform = await startPlatform();
      outside = visitor(platform);
      const campaign = await liveCampaign(platform.house);
      const gift = await outside.pledged(campaign.id);
      await platform.pay(gift.reference);
      await until(async () => (await outside.seen(gift)).status === 'paid');
      const { host } = new URL(platform.url);
      const config = parse(read('deploy/prometheus/prometheus.yml'));
      config.global.scrape_interval = '1s';
      config.global.evaluation_interval = '1s';
      config.rule_files = [join(PROMETHEUS_FOLDER, 'rules/*.yml')];
      // All doors are one process here.
      config.scrape_configs = config.scrape_configs.map(({ job_name }: { job_name: string }) => ({
        job_name,
        static_configs: [{ targets: [host] }],
      }));
      prometheus = await startPrometheus(stringify(config));
      exposition = await until(
        async () => {
          const said = await (await fetch(`${platform.url}/metrics`)).text();
          return /^sk_job_ok_timestamp_seconds\{/m.test(said) && said;
        },
        { timeoutMs: FIGURES_MS_MAX, everyMs: ASK_EVERY_MS, what: 'the figures of the database' },
      );
      figures = new Map(
        platform.log.metrics.getMetricsAsArray().map((metric) => {
          const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: string[] };
          const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(exposition)?.[1] ?? '';
          return [name, { type, labels: [...labelNames] }];
        }),
      );
    });
    after(async () => {
      await prometheus?.stop();
      outside?.close();
      await platform?.close();
    });
    afterEach(() => expectBalancedBooks(platform.house.db));

    /** Undefined if there is no such figure. */
    function labelsOf(name: string): string[] | undefined {
      const own = ITS_OWN[name];
      if (own) return own;
      const recorded = RULES.find(({ record }) => record === name);
      if (recorded) return groupsIn(recorded.expr);
      const plain = figures.get(name);
      if (plain && plain.type !== 'histogram') return plain.labels;
      const histogram = SUFFIX.test(name) ? figures.get(name.replace(SUFFIX, '')) : undefined;
      if (histogram?.type !== 'histogram') return undefined;
      return name.endsWith('_bucket') ? [...histogram.labels, 'le'] : histogram.labels;
    }

    it('that exist, by labels that they have, in every rule and on the dashboard', () => {
      const wrong = [...RULES.map(({ expr }) => expr), ...SHOWN].flatMap((expr) => {
        const asked = figuresIn(expr);
        const known = asked.flatMap(({ name }) => labelsOf(name) ?? []);
        return [
          ...asked.flatMap(({ name, labels }) => {
            const has = labelsOf(name);
            if (!has) return [`no ${name}`];
            return labels
              .filter((label) => ![...has, ...ADDED].includes(label))
              .map((label) => `no ${label} of ${name}`);
          }),
          ...groupsIn(expr)
            .filter((label) => ![...known, ...ADDED].includes(label))
            .map((label) => `no ${label} in ${expr}`),
        ];
      });
      expect(wrong).to.deep.equal([]);
      expect(SHOWN.length).to.be.greaterThan(30);
    });

    it('of which none has a label that Prometheus would have to rename', () => {
      const taken = [...figures].filter(([, { labels }]) => labels.some((label) => ADDED.includes(label)));
      expect(taken.map(([name]) => name)).to.deep.equal([]);
    });

    it('that Prometheus has nothing to say against', async () => {
      const check = execFile(await ensureProgram(PROMTOOL), ['check', 'metrics']);
      let said = '';
      for (const stream of [check.stdout, check.stderr]) stream?.on('data', (chunk) => (said += chunk));
      const ended = new Promise((resolve) => check.once('close', resolve));
      check.stdin?.end(exposition);
      expect(await ended, said).to.equal(0);
      expect(said).to.equal('');
    });

    it('of jobs that there are', () => {
      const jobs = timetable({
        ...platform.house,
        resumePayouts: async () => 0,
        sendMail: async () => 0,
        onBroken: () => {},
        onFigures: () => {},
        onRan: () => {},
      }).map(({ job }) => job);
      const named = RULES.flatMap(({ expr }) => [...expr.matchAll(/\bname(?:=|!~)"([\w|-]+)"/g)]).flatMap(
        ([, names = '']) => names.split('|'),
      );
      expect(named).to.include('check-books');
      expect(jobs).to.include.members(named);
    });

    it('as Prometheus itself hears them, on every panel, with no alarm while all is well', async function () {
      this.timeout(30_000);
      const ask = async (query: string) =>
        (await prometheus.ask<{ result: Sample[] }>('/query', { query })).result;
      for (const query of SHOWN) expect(await ask(query), query).to.be.an('array');
      // A gift of 50,000 rupiah, once for each door of this one process.
      await until(
        async () => (await ask('max(sk_money_in_rupiah_total{gateway="midtrans"})'))[0]?.value[1] === '50000',
        { what: 'the gift to be counted' },
      );
      await until(async () => (await ask('up == 1')).length === 3);
      type Live = { name: string; health: string; lastError?: string; state?: string };
      // Each door is one process here. What rings until Prometheus has heard of everybody rests soon.
      const isCalm = ({ name, health, state = 'inactive' }: Live) =>
        health === 'ok' && (state === 'inactive' || name === 'DoorAlone');
      await until(
        async () => {
          const { groups } = await prometheus.ask<{ groups: { rules: Live[] }[] }>('/rules');
          const loud = groups.flatMap(({ rules }) => rules).filter((rule) => !isCalm(rule));
          if (loud.length > 0) throw new Error(JSON.stringify(loud));
          return groups.length;
        },
        { what: 'every rule to be asked and no alarm to ring' },
      );
      expect(await ask('{exported_job!=""}')).to.deep.equal([]);
    });

    it('of the database only once somebody has read them: a 0 would say that all is well', async () => {
      const { metrics } = openLog({ level: 'silent' });
      const unread = ['sk_figures_timestamp_seconds', 'sk_outbox_waiting', 'sk_outbox_overdue_seconds'];
      for (const name of [...unread, 'sk_notices_for_a_person']) {
        expect(await metrics.metrics()).not.to.match(new RegExp(`^${name} `, 'm'));
        expect(exposition).to.match(new RegExp(`^${name} \\d`, 'm'));
      }
    });

    it('of what waits and what is at work, from the start', async () => {
      expect(exposition).to.match(/^sk_notices_waiting 0$/m);
      expect(exposition).to.match(/^sk_notices_waiting_max 5000$/m);
      expect(exposition).to.match(/^sk_database_waiting 0$/m);
      expect(exposition).to.match(
        new RegExp(`^sk_database_busy_max ${platform.config.databasePoolMax}$`, 'm'),
      );
    });
  });

  describe('see a dashboard', () => {
    it('whose questions Prometheus understands', async () => {
      const file = join(dir, 'dashboard.yml');
      const rules = SHOWN.map((expr, i) => ({ record: `shown:${i}`, expr }));
      await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
      const { ok, said } = await promtool('check', 'rules', file);
      expect(ok, said).to.equal(true);
    });

    it('where every panel has its place and its source', () => {
      const { panels } = DASHBOARD;
      expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
      const source = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')).datasources[0];
      const used = new Map<string, string>();
      for (const { title, type, targets = [], datasource, gridPos } of panels) {
        if (type !== 'row') {
          expect(targets.length, title).to.be.greaterThan(0);
          for (const uid of [datasource?.uid, ...targets.map((target) => target.datasource.uid)])
            expect(uid, title).to.equal(source.uid);
        }
        expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(used.get(`${x} ${y}`), `${title} covers`).to.equal(undefined);
            used.set(`${x} ${y}`, title);
          }
      }
      const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
      expect(rows).to.include.members(['Overview', 'Live', 'Gateways and booking', 'Jobs and mail']);
    });
  });

  it('have all of it beside the doors, on their own machine alone', async function () {
    this.timeout(60_000);
    const env = join(dir, 'env');
    await writeFile(env, read('.env.example').replace(/^(\w+)=$/gm, `$1=${'a'.repeat(40)}`));
    const args = ['--env-file', env, '-f', 'docker-compose.yml', '--profile', 'observe', 'config'];
    const { stdout } = await promisify(execFile)(await ensureProgram(DOCKER_COMPOSE), args, {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: dir },
    });
    const { services } = parse(stdout) as {
      services: Record<
        string,
        {
          image: string;
          ports?: unknown[];
          volumes?: unknown[];
          networks: Record<string, unknown>;
          environment?: Record<string, string>;
        }
      >;
    };
    for (const name of ['prometheus', 'grafana']) {
      expect(services[name]?.image, name).to.match(/:v?\d+\.\d+\.\d+$/);
      expect(JSON.stringify(services[name]?.ports), name).to.include('127.0.0.1');
      expect(services[name]?.networks).to.have.all.keys('front');
    }
    const file = read('docker-compose.yml');
    const mounts = [...file.matchAll(/^ +- \.\/(deploy\/[\w/]+):([\w/]+):ro$/gm)];
    for (const [, from = ''] of mounts) expect(existsSync(join(root, from)), from).to.equal(true);
    const inside = mounts.map(([, , to]) => to);
    const provider = parse(read('deploy/grafana/provisioning/dashboards/files.yml')).providers[0];
    expect(inside).to.include(provider.options.path);
    expect(services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).to.equal(
      `${provider.options.path}/sangkuriang.json`,
    );
    const config = parse(read('deploy/prometheus/prometheus.yml'));
    for (const { job_name, dns_sd_configs } of config.scrape_configs) {
      expect(dns_sd_configs[0]).to.include({
        type: 'A',
        port: Number(services[job_name]?.environment?.PORT),
      });
      expect(dns_sd_configs[0].names).to.deep.equal([job_name]);
      expect(services[job_name]?.networks).to.include.keys('front');
    }
  });
});
