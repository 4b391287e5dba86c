// npm run build: writes dist/moongate and dist/adapters/NAME, or the same below another folder: each a whole folder to
// publish, with JavaScript, types and a package.json of its own, because `exports` of the clone name TypeScript.
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.join(import.meta.dirname, '../..');
const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

rmSync(dist, { recursive: true, force: true });
buildCore();
for (const folder of globSync('adapters/*', { cwd: root })) buildAdapter(folder);

function buildCore(): void {
  const to = path.join(dist, 'moongate');
  compile('src', path.join(to, 'src'), {});
  copy(['bin', 'config', 'template', 'docs/adapter.md', 'README.md', 'LICENSE'], root, to);
  copyAssets('src', path.join(to, 'src'));
  chmodSync(path.join(to, 'bin/moongate.mjs'), 0o755);
  const { workspaces: _, scripts: __, devDependencies: ___, allowScripts: ____, ...kept } = manifest('package.json');
  writeManifest(to, { ...kept, exports: built(kept['exports'] as Record<string, string>) });
}

function buildAdapter(folder: string): void {
  const to = path.join(dist, folder);
  // The contract's types come from the core that was just built, so that its sources are no part of the adapter.
  const paths = Object.fromEntries(
    Object.entries(manifest('package.json')['exports'] as Record<string, string>).map(([name, file]) => [
      path.posix.join('moongate', name),
      [path.join(dist, 'moongate', file.replace(/\.ts$/, '.d.ts'))],
    ]),
  );
  compile(folder, to, { paths });
  copy(['README.md'], path.join(root, folder), to);
  copy(['LICENSE'], root, to);
  copyAssets(folder, to);
  const own = manifest(path.join(folder, 'package.json'));
  writeManifest(to, { ...own, exports: built({ '.': own['exports'] as string }) });
}

/** Compiles the sources in a folder; ends the build with the compiler's words where it objects. */
function compile(folder: string, outDir: string, more: ts.CompilerOptions): void {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const program = ts.createProgram(sources(folder, 'ts'), {
    ...options,
    ...more,
    noEmit: false,
    declaration: true,
    rootDir: path.join(root, folder),
    outDir,
  });
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (found.length === 0) return;
  const host = {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name: string) => name,
    getNewLine: () => '\n',
  };
  process.stderr.write(ts.formatDiagnostics(found, host));
  process.exit(1);
}

/** What belongs to the product, with a name that ends so: no tests and nothing that was installed. */
function sources(folder: string, ending: string): string[] {
  const exclude = ['**/node_modules/**', '**/test/**', '**/*.test.ts'];
  return globSync(`${folder}/**/*.${ending}`, { cwd: root, exclude }).map((file) => path.join(root, file));
}

/** What the compiler leaves behind: documents, schemas, hand-written declarations. */
function copyAssets(folder: string, to: string): void {
  for (const file of [...sources(folder, '{json,sql,md}'), ...sources(folder, 'd.ts')]) {
    const name = path.relative(path.join(root, folder), file);
    if (/(^|\/)(package|tsconfig)\.json$/.test(name) || name === 'README.md') continue;
    mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
    cpSync(file, path.join(to, name));
  }
}

function copy(names: readonly string[], from: string, to: string): void {
  for (const name of names)
    if (existsSync(path.join(from, name))) cpSync(path.join(from, name), path.join(to, name), { recursive: true });
}

/** `./src/x.ts` of the clone becomes the pair of types and code that was built from it. */
function built(exports: Readonly<Record<string, string>>): object {
  const out: Record<string, unknown> = {};
  for (const [name, file] of Object.entries(exports))
    out[name] = { types: file.replace(/\.ts$/, '.d.ts'), default: file.replace(/\.ts$/, '.js') };
  return { ...out, './package.json': './package.json' };
}

function manifest(file: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
}

function writeManifest(folder: string, content: object): void {
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}
