import Handlebars from 'handlebars';

/** One file as it was read: `name` is its path below the folder of templates, for messages. */
export interface TemplateFile {
  readonly name: string;
  readonly source: string;
}

/** A layout may ask for slots; an HTML body fills them; a line of text does neither. */
export type TemplateRole = 'text' | 'html' | 'layout';

/** The helpers a template may call, and where. */
export const TEMPLATE_HELPERS: Readonly<Record<string, readonly TemplateRole[]>> = {
  paragraphs: ['html'],
  excerpt: ['html'],
};

const BLOCKS = new Set(['if', 'unless']);
const MAX_TEMPLATE_CHARS = 65_536;

/**
 * Reads a template against the closed list of what it may say: escaped output of known variables, `if` and `unless`,
 * and our helpers. Raw output, other helpers and ways to climb out of the view are refused.
 *
 * @param example a view with every name present: the names a template may use
 * @throws with file, line, and what is wrong there
 */
export function checkTemplate(file: TemplateFile, role: TemplateRole, example: object): void {
  if (file.source.length > MAX_TEMPLATE_CHARS)
    throw new Error(`${file.name}:1: longer than ${MAX_TEMPLATE_CHARS} characters`);
  const refuse: Refuse = (node, reason) => {
    throw new Error(`${file.name}:${node.loc.start.line}: ${reason}`);
  };
  for (const statement of parse(file).body) checkStatement(statement, { role, example, refuse });
}

interface Rules {
  readonly role: TemplateRole;
  readonly example: object;
  readonly refuse: Refuse;
}
/** The types of Handlebars give a decorator block the name of a plain one. */
type Block = Omit<hbs.AST.BlockStatement, 'type'> & { type: string };
type Refuse = (node: hbs.AST.Node, reason: string) => never;

function parse(file: TemplateFile): hbs.AST.Program {
  try {
    return Handlebars.parse(file.source);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const line = /line (\d+)|- (\d+):\d+$/.exec(message);
    throw new Error(`${file.name}:${line?.[1] ?? line?.[2] ?? '1'}: ${message}`, { cause });
  }
}

function checkStatement(node: hbs.AST.Statement, rules: Rules): void {
  if (node.type === 'ContentStatement' || node.type === 'CommentStatement') return;
  if (node.type === 'PartialStatement' && rules.role === 'layout') return;
  if (isMustache(node)) return checkOutput(node, rules);
  if (!hasProgram(node)) return rules.refuse(node, `${node.type} is not allowed here`);
  checkBlock(node, rules);
  for (const program of [node.program, node.inverse]) {
    // The inverse is missing, whatever the types say, when there is no {{else}}.
    for (const statement of program?.body ?? []) checkStatement(statement, rules);
  }
}

function checkOutput(node: hbs.AST.MustacheStatement, rules: Rules): void {
  if (!node.escaped) rules.refuse(node, 'raw output ({{{ }}} or {{& }}) is not allowed: write {{ }}');
  if (node.params.length === 0 && node.hash === undefined) return checkVariable(node.path, rules);
  const helper = isPath(node.path) ? node.path.original : '';
  if (!TEMPLATE_HELPERS[helper]?.includes(rules.role)) rules.refuse(node, `unknown helper "${helper}"`);
  checkParameter(node, rules);
}

function checkBlock(node: Block, rules: Rules): void {
  const name = node.path.original;
  if (node.type === 'DecoratorBlock') {
    if (rules.role !== 'html' || name !== 'inline') rules.refuse(node, `decorator "${name}" is not allowed here`);
    return;
  }
  if (!BLOCKS.has(name)) rules.refuse(node, `unknown block "${name}"`);
  checkParameter(node, rules);
}

/** Exactly one variable: no literals, no options, no nested calls. */
function checkParameter(node: hbs.AST.MustacheStatement | Block, rules: Rules): void {
  const [only] = node.params;
  if (only === undefined || node.params.length > 1 || node.hash !== undefined)
    return rules.refuse(node, 'exactly one variable is expected');
  checkVariable(only, rules);
}

function checkVariable(node: hbs.AST.Expression, rules: Rules): void {
  if (!isPath(node) || node.data || node.depth > 0) return rules.refuse(node, 'a variable is expected');
  let value: unknown = rules.example;
  for (const part of node.parts) {
    const known: object = typeof value === 'object' && value !== null ? value : {};
    if (!Object.hasOwn(known, part)) return rules.refuse(node, `unknown variable "${node.original}"`);
    value = Object.entries(known).find(([name]) => name === part)?.[1];
  }
  if (typeof value === 'object') rules.refuse(node, `"${node.original}" is a group of variables, not one`);
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

function hasProgram(node: hbs.AST.Node): node is Block {
  return node.type === 'BlockStatement' || node.type === 'DecoratorBlock';
}
