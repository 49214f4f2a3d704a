import { mkdirSync, statSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { createDataService, isWherryError, type DataService } from '@wherry/core'
import { sqlite } from '@wherry/core/sqlite'
import { createGateway, httpMount } from '@wherry/server'
import { loadPageFiles, type PageFile } from './page-files.ts'
import { schema, type AppSchema } from './schema.ts'
import { StartError, type Settings } from './settings.ts'

export interface Running {
  readonly url: string
  /** Finishes what is under way, and lets go of everything. */
  stop(): Promise<void>
}

// Without policies the gateway serves its own machine only, and so does the page.
const host = '127.0.0.1'

/** Serves the page and its data. Throws StartError. */
export async function startServer({ port, file }: Settings): Promise<Running> {
  const data = await openData(file)
  try {
    const gateway = createGateway({ data, policies: 'open', onError: console.error })
    const server = createServer(answerWith(httpMount(gateway), servePage(await loadPageFiles())))
    gateway.attach(server)
    await listen(server, port)
    return {
      url: `http://${host}:${(server.address() as AddressInfo).port}`,
      stop: async () => {
        const closed = new Promise((resolve) => server.close(resolve))
        await gateway.stop()
        server.closeAllConnections()
        await closed
        await data.close()
      },
    }
  } catch (error) {
    await data.close()
    throw error
  }
}

/** What is not for the gateway is for the page. */
function answerWith(mount: ReturnType<typeof httpMount>, page: RequestListener): RequestListener {
  const answer: (...exchange: Parameters<RequestListener>) => Promise<void> = async (
    ...exchange
  ) => {
    if (!(await mount(...exchange))) page(...exchange)
  }
  return (...exchange) => void answer(...exchange).catch(console.error)
}

async function openData(file: string): Promise<DataService<AppSchema>> {
  try {
    const folder = dirname(file)
    // One folder, and not those above it: the default needs no more, and a typing error makes none.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) mkdirSync(folder)
    const data = createDataService({ schema, databases: [sqlite({ file })] })
    await data.connect()
    return data
  } catch (error) {
    const elsewhere = 'To keep the data elsewhere, set WHERRY_SQLITE_PATH to the path of a file.'
    if (isWherryError(error) && error.code === 'DriverMissing') throw new StartError(error.message)
    if (isWherryError(error)) throw new StartError(`${error.message}.\n${elsewhere}`)
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new StartError(`The folder '${dirname(file)}' cannot be made (${code}).\n${elsewhere}`)
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, port)))
    server.listen(port, host, resolve)
  })
  server.removeAllListeners('error')
}

function cannotListen(error: NodeJS.ErrnoException, port: number): StartError {
  const next = 'Choose another one: PORT=3002 npm start.'
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} is taken, perhaps by another quickstart. ${next}`)
    case 'EACCES':
      return new StartError(`Port ${port} is for the system's own services. ${next}`)
    default:
      return new StartError(`Cannot listen at ${host}:${port} (${error.message}). ${next}`)
  }
}

/** The page loads nothing from elsewhere, runs in no frame, and says so to the browser. */
const headers = {
  'content-security-policy':
    "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

function servePage(files: ReadonlyMap<string, PageFile>): RequestListener {
  return ({ method, url = '/' }, response) => {
    const file = files.get(url.replace(/\?.*$/, ''))
    if (file === undefined) response.writeHead(404, headers).end('There is nothing here.\n')
    else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end()
    } else response.writeHead(200, { ...headers, 'content-type': file.type }).end(file.body)
  }
}
