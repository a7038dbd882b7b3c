/**
 * Where Node can `require` ES modules, mocha does so with every test file, and tsx then turns it and all
 * it imports into CommonJS: no top-level await, no import.meta.resolve, and another code than the one that
 * runs in production. Without this feature mocha imports test files. Preloaded by the runner.
 */
Object.defineProperty(process.features, 'require_module', { value: false });
