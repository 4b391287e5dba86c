// The lint rules, as a function of the folder, so that test/unit/lint.test.ts can try them on planted faults.
import type { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layersRule } from './layers.ts';

/** Functions of node:test whose promise nobody needs to await at the top of a file. */
const started = { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after'] };
const counted = { skipBlankLines: true, skipComments: true };

/** The whole configuration for the project in `root`. */
export const config = (root: string): Linter.Config[] =>
  defineConfig([
    { ignores: ['**/node_modules/', '**/dist/', 'scratch/'] },
    {
      files: ['**/*.ts'],
      extends: [tseslint.configs.recommendedTypeChecked],
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
      plugins: { moongate: { rules: { layers: layersRule(root) } } },
      rules: {
        'moongate/layers': 'error',
        '@typescript-eslint/consistent-type-imports': 'error',
        '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [started] }],
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        // An interface asks for a promise more often than a body has something to wait for.
        '@typescript-eslint/require-await': 'off',
        'no-restricted-syntax': [
          'error',
          { selector: 'ExportDefaultDeclaration', message: 'Only an adapter has a default export.' },
        ],
        'no-console': 'error',
        eqeqeq: 'error',
        'prefer-const': 'error',
      },
    },
    { files: ['src/**/*.ts', 'adapters/*/*.ts'], rules: { 'max-lines': ['error', { max: 320, ...counted }] } },
    { files: ['adapters/*/index.ts', 'template/index.ts', 'test/**/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
    { files: ['test/**/*.ts'], rules: { 'no-console': 'off' } },
  ]);
