import { logContract } from './log.contract.ts'
import { memoryLog } from './memory.ts'

logContract('memory', async () => memoryLog())
