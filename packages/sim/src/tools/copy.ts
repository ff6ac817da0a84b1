/** cp --reflink and mv, for image files. */
import { copyDevice, createBlock } from '../block.ts'
import { normal, parentOf } from '../files.ts'
import type { SimFile } from '../machine.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'

const cpOptions = optionTable('--reflink=', '--remove-destination', '-f|--force')

export function cp(call: Call): Output {
  const { machine } = call
  const options = readOptions(call.args, cpOptions)
  if (options.unknown) return fail(1, `cp: unrecognized option '${options.unknown}'`)
  const [from = '', to = ''] = options.words
  const source = machine.files.get(normal(from))
  if (!source) return fail(1, `cp: cannot stat '${from}': No such file or directory`)
  if (!machine.directories.has(parentOf(to))) {
    return fail(1, `cp: cannot create regular file '${to}': No such file or directory`)
  }
  const copy: SimFile = { text: source.text }
  machine.files.set(normal(to), copy)
  if (option(options, '--reflink') === 'always' && !machine.canReflink) {
    return fail(1, `cp: failed to clone '${to}' from '${from}': Operation not supported`)
  }
  if (!source.block) return ok()
  const { sizeKib } = source.block
  copy.block = createBlock({ path: normal(to), type: 'loop', major: 7, minor: 0, sizeKib })
  copyDevice(source.block, copy.block)
  // Shared until one of them is written: the copy takes no space of its own.
  copy.block.allocatedKib = 0
  return ok()
}

const mvOptions = optionTable('-n|--no-clobber', '-T|--no-target-directory', '-f|--force')

export function mv(call: Call): Output {
  const { machine } = call
  const options = readOptions(call.args, mvOptions)
  if (options.unknown) return fail(1, `mv: unrecognized option '${options.unknown}'`)
  const [from = '', to = ''] = options.words
  const file = machine.files.get(normal(from))
  if (!file) return fail(1, `mv: cannot stat '${from}': No such file or directory`)
  // mv says nothing and succeeds when it leaves the target as it is.
  if (options.values.has('-n') && machine.files.has(normal(to))) return ok()
  if (file.block) file.block.path = normal(to)
  machine.files.delete(normal(from))
  machine.files.set(normal(to), file)
  return ok()
}
