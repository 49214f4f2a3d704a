import type { ClientStatus } from '@wherry/client'
import { db } from './db.ts'
import { find } from './dom.ts'

const lookMs = 500
const pingMs = 5_000

/** The top of the page: whether there is a connection, to what, and how quick it is. */
export function showConnection(): void {
  const line = find('#connection', HTMLElement)
  const text = find('#connection-text', HTMLElement)
  const facts = find('#facts', HTMLElement)
  const engine = find('#engine', HTMLElement)
  const latency = find('#latency', HTMLElement)
  const announcer = find('#announcer', HTMLElement)
  let hasBeenConnected = false
  let wasConnected = false

  const render = () => {
    const status = db.status()
    const isConnected = status.state === 'connected'
    // Counted seconds are for the eye; the ear is told what has changed.
    if (hasBeenConnected && isConnected !== wasConnected) {
      announcer.textContent = isConnected ? 'Connected again' : 'Connection lost'
    }
    hasBeenConnected ||= isConnected
    wasConnected = isConnected
    line.dataset['state'] = status.state
    facts.hidden = !isConnected
    const words = statusText(status, hasBeenConnected)
    if (text.textContent !== words) text.textContent = words
    if (status.state !== 'connected') return
    engine.textContent = status.source
    latency.textContent = millisecondsText(status.latencyMs)
  }
  // A ping that fails says what the connection's own events say too.
  const measure = () => void db.ping().then(render, render)
  db.on('connected', render)
  db.on('connected', measure)
  db.on('disconnected', render)
  db.on('error', render)
  setInterval(render, lookMs)
  setInterval(() => {
    if (!document.hidden && db.status().state === 'connected') measure()
  }, pingMs)
  render()
}

function statusText(status: ClientStatus, hasBeenConnected: boolean): string {
  switch (status.state) {
    case 'connected':
      return 'Connected'
    case 'connecting':
      return hasBeenConnected ? 'Reconnecting…' : 'Connecting…'
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((status.retryAt.getTime() - Date.now()) / 1000))
      return `${hasBeenConnected ? 'Reconnecting' : 'Offline, next try'} in ${seconds} s`
    }
    case 'refused':
      return `Offline: the server refuses this page (${status.code} ${status.reason}). Reload it.`
    case 'closed':
      return 'Offline'
  }
}

function millisecondsText(ms: number | undefined): string {
  if (ms === undefined) return '…'
  return ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`
}
