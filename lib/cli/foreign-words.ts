/** Commands of zkCli and etcdctl, in lower case, and what does the same here. */
const COMMANDS: Readonly<Record<string, string>> = {
  addauth: '--auth digest --auth-file <file>, with any command',
  addwatch: 'zk-recipes watch tree <path>',
  cat: 'zk-recipes get <path>',
  close: 'none: each command closes its session',
  config: 'zk-recipes get /zookeeper/config',
  connect: '--connect host:port, with any command',
  del: 'zk-recipes delete <path>',
  deleteall: 'zk-recipes delete --recursive <path>',
  endpoint: 'zk-recipes sync /, which fails when no server answers',
  getacl: 'zk-recipes acl get <path>',
  getallchildrennumber: 'zk-recipes ls -R --total <path>',
  getephemerals: 'zk-recipes ls -R --ephemeral <path>',
  history: "none: use your shell's",
  lease: 'zk-recipes create --ephemeral <path>',
  ls2: 'zk-recipes ls --stat <path>',
  'make-mirror': 'zk-recipes dump <path> | zk-recipes load --connect <other>',
  put: 'zk-recipes set <path> <data>, or create',
  quit: 'none: each command ends by itself',
  removewatches: 'none: Ctrl-C ends a watch',
  rm: 'zk-recipes delete <path>',
  rmr: 'zk-recipes delete --recursive <path>',
  setacl: 'zk-recipes acl set <path> <acl>',
  snapshot: 'zk-recipes dump <path>',
  transaction: 'zk-recipes multi',
  txn: 'zk-recipes multi',
  version: 'zk-recipes --version',
};

/** Commands for which there is nothing here. */
const MISSING = ['delquota', 'listquota', 'setquota', 'reconfig'];

/** Options of zkCli and etcdctl. */
const OPTIONS: Readonly<Record<string, string>> = {
  '--cacert': '--ca',
  '--command-timeout': '--timeout',
  '--dial-timeout': '--timeout',
  '--endpoints': '--connect',
  '--follow': 'zk-recipes watch',
  '--from-key': 'zk-recipes dump, or ls -R',
  '--hosts': '--connect',
  '--insecure-skip-tls-verify': '--ca, with the authority of the servers',
  '--keys-only': 'zk-recipes ls -R',
  '--lease': 'zk-recipes create --ephemeral',
  '--password': 'ZK_RECIPES_AUTH, or --auth-file, with --auth digest',
  '--prefix': 'zk-recipes watch tree, dump, ls -R or delete -R',
  '--prev-kv': '--prev',
  '--print-value-only': 'zk-recipes get, which prints nothing else',
  '--rev': '--since, of watch tree and subscribe',
  '--server': '--connect',
  '--user': '--auth digest --auth-file <file>',
  '--watch': 'zk-recipes watch',
  '--write-out': '--json',
  '-client-configuration': '--tls, --ca, --cert and --key',
  '-r': '--read-only, or -R for --recursive',
  '-server': '--connect',
  '-timeout': '--session-timeout',
  '-w': 'zk-recipes watch',
  '-waitforconnection': '--timeout, which bounds the waiting for a server',
};

/** The advice for a command of another tool. */
export function adviceOnCommand(name: string): string | undefined {
  const word = name.toLowerCase();
  if (MISSING.includes(word)) return `${word}: quotas and reconfiguration are not in it; use zkCli.sh`;
  return Object.hasOwn(COMMANDS, word) ? `${word} of another tool is here: ${COMMANDS[word]}` : undefined;
}

/** The advice for an option of another tool. */
export function adviceOnOption(name: string): string | undefined {
  return Object.hasOwn(OPTIONS, name) ? `${name} of another tool is here: ${OPTIONS[name]}` : undefined;
}
