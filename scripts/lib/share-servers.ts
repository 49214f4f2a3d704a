/** All test files of a run share its database servers, and a run without such files starts none. */
export { shareServers as setup } from '@wherry/testing/servers'
