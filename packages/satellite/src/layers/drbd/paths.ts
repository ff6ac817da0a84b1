/** Where our DRBD configuration lives. */

export const configDirectory = '/var/lib/varve.d'
export const backupDirectory = `${configDirectory}/.backup`
export const drbdDirectory = '/etc/drbd.d'
export const includePath = `${drbdDirectory}/varve-resources.res`
export const includeText = `# Written by Varve at start; does not name any resource itself.\ninclude "${configDirectory}/*.res";\n`

export const resPath = (resource: string) => `${configDirectory}/${resource}.res`
/** Not matched by the include: drbdadm checks it before it counts. */
export const candidatePath = (resource: string) => `${configDirectory}/${resource}.res.new`
/** The text of the last file that `adjust` accepted. */
export const backupPath = (resource: string) => `${backupDirectory}/${resource}.res`
export const metadataPath = (resource: string, volume: number) =>
  `${configDirectory}/${resource}_${String(volume).padStart(5, '0')}.md`
