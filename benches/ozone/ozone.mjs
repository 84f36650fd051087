// Ozone's backend on its own database: ozone.mjs POSTGRES_URL PORT. Its calls to outside services get no answer.
import { randomBytes } from 'node:crypto';
import ozone from '@atproto/ozone';

const [, , postgres, port] = process.argv;
const nobody = 'http://127.0.0.1:9';
Object.assign(process.env, {
  OZONE_PORT: port,
  OZONE_PUBLIC_URL: `http://127.0.0.1:${port}`,
  OZONE_SERVER_DID: 'did:example:bench',
  OZONE_ADMIN_DIDS: 'did:example:bench',
  OZONE_ADMIN_PASSWORD: 'bench',
  OZONE_SIGNING_KEY_HEX: randomBytes(32).toString('hex'),
  OZONE_DB_POSTGRES_URL: postgres,
  OZONE_DID_PLC_URL: nobody,
  OZONE_APPVIEW_URL: nobody,
  OZONE_APPVIEW_DID: 'did:example:nobody',
});
const environment = ozone.readEnv();
const settings = ozone.envToCfg(environment);
const database = new ozone.Database({ url: postgres });
await database.migrateToLatestOrThrow();
await database.close();
const service = await ozone.OzoneService.create(settings, ozone.envToSecrets(environment));
await service.start();
