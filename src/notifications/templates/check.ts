import Handlebars from 'handlebars';
import { nearest } from '../../lib/nearest.ts';
import type { TemplateRole } from './helpers.ts';
import { TEMPLATE_BLOCKS, TEMPLATE_HELPERS } from './helpers.ts';
import { TemplateProblem } from './problem.ts';
import type { Words } from './words.ts';

/** One file as it was read: `name` is its path below the folder of templates, for messages. */
export interface TemplateFile {
  readonly name: string;
  readonly source: string;
}

/** What a template may refer to. */
export interface Vocabulary {
  /** A view with every name present and nothing null: the names a template may use, and no others (FEATURES B-15). */
  readonly example: object;
  readonly words: Words;
  /** The partial of this name for a part of this role; null: there is none. */
  readonly findPartial: (name: string, role: TemplateRole) => TemplateFile | null;
}

export const MAX_TEMPLATE_CHARS = 65_536;
/** Partials within partials. */
const MAX_DEPTH = 5;
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * Reads a template against the closed list of what it may say: escaped output of known variables, a few blocks, our
 * helpers and our partials, which are read the same way wherever they are used. Raw output, other helpers and ways to
 * climb out of the view are refused.
 *
 * @throws TemplateProblem
 */
export function checkTemplate(file: TemplateFile, role: TemplateRole, vocabulary: Vocabulary): void {
  checkFile(file, { role, vocabulary, scope: vocabulary.example, depth: 0 });
}

interface Place {
  readonly role: TemplateRole;
  readonly vocabulary: Vocabulary;
  /** What names are looked up in: the view, or within `each` one of its items. */
  readonly scope: unknown;
  readonly depth: number;
}
interface Rules extends Place {
  readonly refuse: Refuse;
}
/** The types of Handlebars give a decorator block the name of a plain one. */
type Block = Omit<hbs.AST.BlockStatement, 'type'> & { type: string };
type Refuse = (node: hbs.AST.Node, reason: string) => never;

function checkFile(file: TemplateFile, place: Place): void {
  if (file.source.length > MAX_TEMPLATE_CHARS)
    throw new TemplateProblem(file.name, 1, `longer than ${MAX_TEMPLATE_CHARS} characters`);
  const refuse: Refuse = (node, reason) => {
    throw new TemplateProblem(file.name, node.loc.start.line, reason);
  };
  for (const statement of parse(file).body) checkStatement(statement, { ...place, refuse });
}

function parse(file: TemplateFile): hbs.AST.Program {
  try {
    return Handlebars.parse(file.source);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const line = /line (\d+)|- (\d+):\d+$/.exec(message);
    const [first = message] = message.split('\n');
    throw new TemplateProblem(file.name, Number(line?.[1] ?? line?.[2] ?? '1'), first);
  }
}

function checkStatement(node: hbs.AST.Statement, rules: Rules): void {
  if (node.type === 'ContentStatement' || node.type === 'CommentStatement') return;
  if (isPartial(node)) return checkPartial(node, rules);
  if (isMustache(node)) return checkOutput(node, rules);
  if (!hasProgram(node)) return rules.refuse(node, `${node.type} is not allowed here`);
  const inner = checkBlock(node, rules);
  for (const [program, place] of [[node.program, inner] as const, [node.inverse, rules] as const]) {
    // The inverse is missing, whatever the types say, when there is no {{else}}.
    for (const statement of program?.body ?? []) checkStatement(statement, place);
  }
}

function checkPartial(node: hbs.AST.PartialStatement, rules: Rules): void {
  // The slots of a layout are filled before anything is compiled: assemble.ts.
  if (rules.role === 'layout') return;
  const name = isPath(node.name) ? node.name.original : '';
  if (node.strip?.open === true || node.strip?.close === true) rules.refuse(node, `write {{> ${name}}}`);
  if (node.params.length > 0 || node.hash !== undefined)
    rules.refuse(node, `the partial "${name}" takes no parameters`);
  const partial = rules.vocabulary.findPartial(name, rules.role);
  if (partial === null) return rules.refuse(node, `there is no partial "${name}"`);
  if (rules.depth >= MAX_DEPTH) rules.refuse(node, `the partial "${name}" is within itself, or too deep`);
  checkFile(partial, { ...rules, depth: rules.depth + 1 });
}

function checkOutput(node: hbs.AST.MustacheStatement, rules: Rules): void {
  if (!node.escaped) rules.refuse(node, 'raw output ({{{ }}} or {{& }}) is not allowed: write {{ }}');
  if (node.params.length === 0 && node.hash === undefined) {
    resolve(node.path, rules);
    return;
  }
  const name = isPath(node.path) ? node.path.original : '';
  const helper = Object.hasOwn(TEMPLATE_HELPERS, name) ? TEMPLATE_HELPERS[name] : undefined;
  if (helper?.roles.includes(rules.role) !== true) {
    const allowed = Object.keys(TEMPLATE_HELPERS).filter((one) => TEMPLATE_HELPERS[one]?.roles.includes(rules.role));
    return rules.refuse(node, `unknown helper "${name}"${didYouMean(name, allowed)}`);
  }
  if (helper.takes === 'message') return checkMessage(node, rules);
  if (node.params.length !== helper.takes.variables || node.hash !== undefined) {
    const expected =
      helper.takes.variables === 1 ? 'exactly one variable is' : `${helper.takes.variables} variables are`;
    rules.refuse(node, `${expected} expected`);
  }
  for (const parameter of node.params) {
    const value = resolve(parameter, rules);
    if (name !== 'moment' || (typeof value === 'string' && MOMENT.test(value))) continue;
    rules.refuse(node, `"${isPath(parameter) ? parameter.original : ''}" is no time`);
  }
}

function checkMessage(node: hbs.AST.MustacheStatement, rules: Rules): void {
  const [key] = node.params;
  if (key?.type !== 'StringLiteral' || node.params.length > 1)
    return rules.refuse(
      node,
      'the key of a message in quotes is expected, such as {{message "held.waiting" count=waiting}}',
    );
  const { value } = key as hbs.AST.StringLiteral;
  const { words } = rules.vocabulary;
  const named = words.argumentsOf(value);
  if (named === null) {
    const near = words.nearestKey(value);
    return rules.refuse(node, `there is no message "${value}"${near === null ? '' : `; did you mean "${near}"?`}`);
  }
  const given = new Map((node.hash?.pairs ?? []).map((pair) => [pair.key, pair.value]));
  for (const expression of given.values()) resolve(expression, rules);
  const missing = named.find((name) => !given.has(name));
  if (missing !== undefined) rules.refuse(node, `the message "${value}" needs ${missing}=`);
}

/** @returns where the names within the block are looked up */
function checkBlock(node: Block, rules: Rules): Rules {
  const name = node.path.original;
  if (node.type === 'DecoratorBlock') {
    if (rules.role !== 'html' || name !== 'inline') rules.refuse(node, `decorator "${name}" is not allowed here`);
    return rules;
  }
  if (!Object.hasOwn(TEMPLATE_BLOCKS, name))
    rules.refuse(node, `unknown block "${name}"${didYouMean(name, Object.keys(TEMPLATE_BLOCKS))}`);
  const [only] = node.params;
  if (only === undefined || node.params.length > 1 || node.hash !== undefined)
    return rules.refuse(node, 'exactly one variable is expected');
  if (name !== 'each') {
    resolve(only, rules);
    return rules;
  }
  const list = find(only, rules);
  if (!Array.isArray(list)) return rules.refuse(node, `"${isPath(only) ? only.original : ''}" is no list`);
  return { ...rules, scope: list[0] as unknown };
}

/** The example of a variable, which is one value. */
function resolve(node: hbs.AST.Expression, rules: Rules): unknown {
  const value = find(node, rules);
  if (typeof value === 'object')
    rules.refuse(node, `"${isPath(node) ? node.original : ''}" is a group of variables, not one`);
  return value;
}

function find(node: hbs.AST.Expression, rules: Rules): unknown {
  if (!isPath(node) || node.data || node.depth > 0) return rules.refuse(node, 'a variable is expected');
  let value: unknown = rules.scope;
  for (const part of node.parts) {
    const known: object = typeof value === 'object' && value !== null ? value : {};
    if (!Object.hasOwn(known, part)) {
      const mend = didYouMean(node.original, variablesIn(rules.scope));
      return rules.refuse(node, `unknown variable "${node.original}"${mend}`);
    }
    value = Reflect.get(known, part) as unknown;
  }
  return value;
}

const didYouMean = (written: string, names: readonly string[]): string => {
  const near = nearest(written, names);
  return near === null ? '' : `; did you mean "${near}"?`;
};

/** The variables of a view, or of an item of a list, by their paths: "ticket.number"; a list is `items`. */
export function variablesIn(example: unknown): readonly string[] {
  if (typeof example !== 'object' || example === null) return [];
  return Object.entries(example).flatMap(([name, value]: [string, unknown]) =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? [name]
      : variablesIn(value).map((inner) => `${name}.${inner}`),
  );
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

function isPartial(node: hbs.AST.Node): node is hbs.AST.PartialStatement {
  return node.type === 'PartialStatement';
}

function hasProgram(node: hbs.AST.Node): node is Block {
  return node.type === 'BlockStatement' || node.type === 'DecoratorBlock';
}
