/** Where a template may not be as it is, why, and the mend: what an operator is told, and what is thrown of our own files. */
export class TemplateProblem extends Error {
  /** Its path below the folder of templates, or the part of what an operator wrote. */
  readonly file: string;
  readonly line: number;
  readonly says: string;

  constructor(file: string, line: number, says: string) {
    super(`${file}:${line}: ${says}`);
    this.name = 'TemplateProblem';
    this.file = file;
    this.line = line;
    this.says = says;
  }
}
