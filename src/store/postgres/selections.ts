/** The head of each query, for the mapper of that name in `../rows.ts`. */

/** A `timestamptz` as Unix milliseconds. */
const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::bigint`;

/** A `timestamptz` as Unix seconds. */
const seconds = (column: string): string => `extract(epoch FROM ${column})::bigint`;

export const selectAp = `
  SELECT mac::text AS mac, name, ipv4, ipv6, hw_type, sw_version, sw_build, ${ms('first_report_at')} AS first_report_at,
    ${ms('last_report_at')} AS last_report_at, ${seconds('last_report_time')} AS last_report_time
  FROM ap`;

export const selectDevice = `
  SELECT mac::text AS mac, to_json(classes)::text AS classes, vendor, model, name, battery, ${seconds('first_seen')} AS first_seen,
    ${seconds('last_seen')} AS last_seen
  FROM device`;

export const selectSighting = `
  SELECT device::text AS device, ap::text AS ap, ap.name AS ap_name, ${seconds('last_seen')} AS last_seen, rssi, rssi_kind, frames,
    battery, inside_cell::integer AS inside_cell, cell_distance, sensors::text AS sensors
  FROM sighting LEFT JOIN ap ON ap.mac = sighting.ap`;

export const selectDeparture = `
  SELECT device::text AS device, ap::text AS ap, ap.name AS ap_name, ${seconds('last_seen')} AS last_seen, event
  FROM departure LEFT JOIN ap ON ap.mac = departure.ap`;

/** Without the body. */
export const selectReport = `
  SELECT report_no, day_no, uuid_send(id) AS id, ap::text AS ap, profile, source, remote, ${ms('received_at')} AS received_at,
    observations, body_bytes
  FROM report`;

export const selectDeviceCount = `SELECT class, devices, ${ms('counted_at')} AS counted_at FROM device_count`;

/** Unix seconds, of a `max(…)` of a `timestamptz`. */
export const secondsOf = seconds;
