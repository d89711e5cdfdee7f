-- $1 head, $2 first offset, $3 records at most, $4 bytes of values at most (but always the first record).
-- Always at least one row, so that the partition's end comes from the same snapshot as its records.
SELECT h.next_offset, r."offset", r.key, r.value, (extract(epoch FROM r.stored_at) * 1000)::bigint AS stored_at_ms
  FROM ledger.head h
  LEFT JOIN LATERAL (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY "offset" ROWS UNBOUNDED PRECEDING) AS bytes
      FROM ledger.record
     WHERE head_id = h.id AND "offset" >= greatest($2, h.first_offset) AND "offset" < $2::bigint + $3
  ) r ON r.bytes <= $4 OR r."offset" = $2
 WHERE h.id = $1
 ORDER BY r."offset"
