import { MAIL_KINDS } from '../mail-kinds.ts';
import type { NotificationKind } from '../views.ts';
import { viewShape } from '../views.ts';
import { variablesIn } from './check.ts';
import { nullableVariables } from './worst-case.ts';

/** A name that the templates of a kind may use. */
export interface TemplateVariable {
  /** "ticket.number"; of a list, within `{{#each items}}`: "items: subject". */
  readonly name: string;
  /** May be absent: to be asked for with `{{#if}}`. */
  readonly isOptional: boolean;
  readonly example: string;
}

/** What a template of this kind may name, and nothing else (FEATURES B-15). */
export function variablesOf(kind: NotificationKind): readonly TemplateVariable[] {
  const { example } = MAIL_KINDS[kind];
  const optional = new Set(nullableVariables(viewShape(kind)));
  const row =
    (scope: unknown, prefix: string) =>
    (path: string): readonly TemplateVariable[] => {
      const value = valueAt(scope, path);
      if (path === 'kind' && prefix === '') return [];
      if (!Array.isArray(value)) {
        const name = prefix === '' ? path : `${prefix}: ${path}`;
        const isOptional = optional.has(prefix === '' ? path : `${prefix}.${path}`);
        return [{ name, isOptional, example: String(value).split('\n')[0] ?? '' }];
      }
      const list: TemplateVariable = { name: path, isOptional: false, example: '(a list, for {{#each}})' };
      const length: TemplateVariable = { name: `${path}.length`, isOptional: false, example: String(value.length) };
      return [list, length, ...variablesIn(value[0]).flatMap(row(value[0], path))];
    };
  return variablesIn(example).flatMap(row(example, ''));
}

const valueAt = (scope: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
      scope,
    );
