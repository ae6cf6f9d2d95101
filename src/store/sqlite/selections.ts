/** The head of each query, for the mapper of that name in `../rows.ts`. */

export const selectAp = 'SELECT ap.* FROM ap';

export const selectDevice = 'SELECT device.* FROM device';

export const selectSighting =
  'SELECT sighting.*, ap.mac AS ap, ap.name AS ap_name FROM sighting LEFT JOIN ap USING (ap_id)';

export const selectDeparture =
  'SELECT departure.*, ap.mac AS ap, ap.name AS ap_name FROM departure LEFT JOIN ap USING (ap_id)';

/** Without the body, which lies on pages of its own. */
export const selectReport =
  'SELECT report_no, id, ap.mac AS ap, profile, source, remote, received_at, observations, body_bytes ' +
  'FROM report LEFT JOIN ap USING (ap_id)';

export const selectDeviceCount = 'SELECT class, devices, counted_at FROM device_count';
