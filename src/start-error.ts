/** Why Lethe can't start or a command can't run, in words for whoever typed it: printed without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
