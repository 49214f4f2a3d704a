import { isMissing, startServer, testServer, type ServerName } from '@wherry/testing/servers'

// Prints where the server is, or why there is none. Who has started it stays until its input ends.
const [name, kind] = process.argv.slice(2) as [ServerName, 'own' | 'shared']
const server = kind === 'own' ? await startServer(name) : await testServer(name)
process.stdout.write(`${JSON.stringify(isMissing(server) ? server : { url: server.url })}\n`)
if (kind === 'own') process.stdin.resume()
