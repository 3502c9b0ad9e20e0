const MAX_STYLE_LENGTH = 2_000;

/**
 * The declarations of a style attribute that can do no harm: letters, colours, sizes and borders. Nothing that loads,
 * covers other things or escapes; '' if none is left.
 */
export function sanitiseStyle(style: string): string {
  const kept: string[] = [];
  for (const declaration of style.slice(0, MAX_STYLE_LENGTH).split(';')) {
    const colon = declaration.indexOf(':');
    const property = declaration.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = declaration.slice(colon + 1).trim();
    if (PROPERTIES.has(property) && VALUE.test(value)) kept.push(`${property}:${value}`);
  }
  return kept.join(';');
}

/** Names, numbers, colours and strings: no parentheses but those of rgb(), no backslash, no comment, no "@". */
const VALUE = /^(?:[\p{L}\p{N}\s_#.,%+'"!-]|rgba?\([\d\s.,%]{1,40}\)){1,200}$/iu;

const sides = (property: string, suffix = ''): readonly string[] =>
  ['-top', '-right', '-bottom', '-left'].map((side) => `${property}${side}${suffix}`);

const PROPERTIES: ReadonlySet<string> = new Set([
  ...['color', 'background', 'background-color', 'direction', 'display', 'float', 'clear', 'vertical-align'],
  ...['font', 'font-family', 'font-size', 'font-style', 'font-variant', 'font-weight', 'line-height'],
  ...['text-align', 'text-decoration', 'text-indent', 'text-transform', 'letter-spacing', 'word-spacing'],
  ...['white-space', 'word-break', 'word-wrap', 'overflow-wrap', 'list-style-type', 'unicode-bidi'],
  ...['width', 'height', 'min-width', 'min-height', 'max-width', 'max-height', 'table-layout', 'box-sizing'],
  ...['margin', ...sides('margin'), 'padding', ...sides('padding')],
  ...['border', ...sides('border'), 'border-collapse', 'border-spacing', 'border-radius'],
  ...['border-color', 'border-style', 'border-width'],
  ...[...sides('border', '-color'), ...sides('border', '-style'), ...sides('border', '-width')],
]);
