import { join } from 'node:path';

/** Whose processes these are. Dovecot refuses to read mail as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
}

export interface DovecotLayout {
  /** Holds `run`, `mail`, `passwords` (a file for each user), `cert.pem`, `key.pem` and the log. */
  readonly home: string;
  readonly port: number;
  /** null: no TLS at all. */
  readonly tlsPort: number | null;
  readonly runAs: RunAs;
}

/**
 * The dovecot.conf (2.3) of a server that one ordinary user can run: no chroot, no other users, ports above 1024, no
 * penalty for wrong passwords, as many connections as a test likes, and no fsync, since only processes are killed.
 */
export function dovecotConfig({ home, port, tlsPort, runAs }: DovecotLayout): string {
  return `
base_dir = ${join(home, 'run')}
state_dir = ${join(home, 'run')}
log_path = ${join(home, 'dovecot.log')}
protocols = imap
listen = 127.0.0.1
default_internal_user = ${runAs.user}
default_login_user = ${runAs.user}
default_internal_group = ${runAs.group}
default_process_limit = 1000
default_client_limit = 2000
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
auth_username_format = %u
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 1000
mail_fsync = never
verbose_proctitle = yes
${tlsPort === null ? 'ssl = no' : `ssl = yes\nssl_cert = <${join(home, 'cert.pem')}\nssl_key = <${join(home, 'key.pem')}`}
passdb {
  driver = passwd-file
  args = username_format=%u ${join(home, 'passwords')}/%u
}
userdb {
  driver = static
  args = uid=${runAs.uid} gid=${runAs.gid} home=${join(home, 'mail')}/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort ?? 0}
    ssl = ${tlsPort === null ? 'no' : 'yes'}
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}
