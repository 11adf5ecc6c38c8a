import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

// The specs of the project `fakes` need no Java, no other program and no port.

function refuse(action: string): never {
  throw new Error(`a spec with the suffix .fakes.spec.ts must not ${action}: its suffix says that it needs nothing`);
}

// Every server listens by this method, and every asynchronous child starts by the other.
net.Server.prototype.listen = () => refuse('listen on a port');
const child = childProcess.ChildProcess.prototype as unknown as { spawn(options: { file: string }): number };
child.spawn = ({ file }) => refuse(`start ${file}`);

childProcess.spawnSync = (file: string) => refuse(`start ${file}`);
childProcess.execFileSync = (file: string) => refuse(`start ${file}`);
childProcess.execSync = (command: string) => refuse(`start ${command}`);
syncBuiltinESMExports();
