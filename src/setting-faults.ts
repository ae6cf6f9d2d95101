/** What is wrong with a setting's value. */
import { isHost, parseAddress } from './address.ts';
import type { Setting } from './settings.ts';

/** What is wrong with a value and what to write instead; nothing when it is right. */
export function faultOf(setting: Setting, text: string): string | undefined {
  switch (setting.kind) {
    case 'address':
      return parseAddress(text)
        ? undefined
        : 'is no address: write host:port, for instance 0.0.0.0:8443 or [::]:8443';
    case 'count': {
      const [least, most] = setting.range ?? [0, Number.MAX_SAFE_INTEGER];
      const fits = /^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most;
      return fits ? undefined : `is no whole number from ${least} to ${most}`;
    }
    case 'choice':
      return setting.choices?.includes(text) ? undefined : `is none of ${setting.choices?.join(', ')}`;
    case 'token':
      return /^[A-Za-z0-9]{8,1024}$/.test(text)
        ? undefined
        : 'must be 8 to 1024 letters and digits (A-Z, a-z, 0-9)';
    case 'url':
      return isPlainUrl(text)
        ? undefined
        : 'is no plain URL: write for instance https://northbound.example:8443';
    case 'list':
      return text.split(',').every((item) => isHost(item.trim()))
        ? undefined
        : 'must be host names or addresses, separated by commas';
    case 'store':
      return /^(?:sqlite:|postgres(?:ql)?:\/\/)./.test(text)
        ? undefined
        : 'is no store that there is: write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE';
    default:
      return undefined;
  }
}

/** Something that a path can be put behind. `http:` is for those who end TLS before Northbound. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, hostname, search, hash } = new URL(text);
  const namesOneHost = isHost(hostname) && !hostname.startsWith('*');
  return ['https:', 'http:'].includes(protocol) && namesOneHost && username + search + hash === '';
}
