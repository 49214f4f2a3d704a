import { createInterface } from 'node:readline'
import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { schema } from './support/schema.ts'

// Connects when it is told to, writes a row and says what became of it.
const [, , url] = process.argv
console.log('ready')
createInterface(process.stdin).once('line', () => {
  void connectAndWrite().then((outcome) => console.log(outcome))
  process.stdin.destroy()
})

async function connectAndWrite(): Promise<string> {
  try {
    const data = createDataService({ schema, databases: [postgres({ url: url! })] })
    await data.connect()
    await data.notes.insert({ text: String(process.pid) })
    await data.close()
    return 'written'
  } catch (error) {
    return String(error)
  }
}
