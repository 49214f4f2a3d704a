import { measureCheck, measureKeystroke } from './measure.ts'

// One measurement, in a process of its own, so that none finds the heap or the compiled code of
// another: the folder of an application, and the file to edit unless all of it is to be checked.
const [folder, file] = process.argv.slice(2) as [string, string?]
const measured = file === undefined ? measureCheck(folder) : measureKeystroke(folder, file)
process.stdout.write(JSON.stringify(measured))
