// What the snippets of the documents leave out: the import of the language.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import * as language from '../../compiler/language/index.ts'

const index = fileURLToPath(new URL('../../compiler/language/index.ts', import.meta.url))

/** Types that the language exports: its other exports are there at run time. */
const typesOf = (file: string): readonly string[] =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022).statements.flatMap(statement => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) return []
    return statement.exportClause.elements.filter(({ isTypeOnly }) => isTypeOnly || statement.isTypeOnly).map(({ name }) => name.text)
  })

const exported = [...Object.keys(language).map(name => ({ name, written: name })), ...typesOf(index).map(name => ({ name, written: `type ${name}` }))]

/** One line that imports every name of the language (with `used`, only those that occur) but those that a snippet declares itself. */
export const importLine = (from: string, text: string, used = false): string => {
  const own = new Set([...text.matchAll(/^(?:export )?(?:const|type|interface|function) (\w+)/gm)].map(([, name]) => name))
  const words = new Set(text.match(/\w+/g))
  return `import { ${exported.filter(({ name }) => !own.has(name) && (!used || words.has(name))).map(({ written }) => written).join(', ')} } from '${from}'`
}
