import { startComposer } from './composer.ts'
import { showConnection } from './connection.ts'
import { startListing } from './listing.ts'

showConnection()
startComposer()
startListing()
