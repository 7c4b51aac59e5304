/**
 * Queries of Nexmark (https://github.com/nexmark/nexmark, `nexmark-flink/src/main/resources/queries`) in the forms that follow from
 * event time: q7 joins the bids with the highest of their window, q12 counts by event time.
 */

const TEN = "INTERVAL '10' SECOND"
const tumble = (table: string): string => `TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(\`dateTime\`), ${TEN}))`
const counts = `SELECT auction, COUNT(*) AS num, window_start AS starttime, window_end AS endtime
  FROM TABLE(HOP(TABLE bid, DESCRIPTOR(\`dateTime\`), INTERVAL '2' SECOND, ${TEN}))
  GROUP BY auction, window_start, window_end`

export const NEXMARK: { readonly [name: string]: string } = {
  q0: 'SELECT auction, bidder, price, `dateTime`, extra FROM bid',
  q1: 'SELECT auction, bidder, 0.908 * price AS price, `dateTime`, extra FROM bid',
  q2: 'SELECT auction, price FROM bid WHERE MOD(auction, 12) = 0',
  q5: `SELECT AuctionBids.auction, AuctionBids.num, AuctionBids.endtime
FROM (${counts}) AS AuctionBids
JOIN (
  SELECT MAX(CountBids.num) AS maxn, CountBids.starttime, CountBids.endtime
  FROM (${counts}) AS CountBids
  GROUP BY CountBids.starttime, CountBids.endtime
) AS MaxBids
ON AuctionBids.starttime = MaxBids.starttime AND AuctionBids.endtime = MaxBids.endtime AND AuctionBids.num >= MaxBids.maxn`,
  q7: `SELECT B.auction, B.price, B.bidder, B.\`dateTime\`, B.extra
FROM (SELECT * FROM ${tumble('bid')}) AS B
JOIN (
  SELECT MAX(price) AS maxprice, window_start, window_end FROM ${tumble('bid')} GROUP BY window_start, window_end
) AS B1
ON B.window_start = B1.window_start AND B.window_end = B1.window_end AND B.price = B1.maxprice`,
  q8: `SELECT P.id, P.name, P.starttime
FROM (
  SELECT id, name, window_start AS starttime, window_end AS endtime
  FROM ${tumble('person')} GROUP BY id, name, window_start, window_end
) AS P
JOIN (
  SELECT seller, window_start AS starttime, window_end AS endtime
  FROM ${tumble('auction')} GROUP BY seller, window_start, window_end
) AS A
ON P.id = A.seller AND P.starttime = A.starttime AND P.endtime = A.endtime`,
  q11: `SELECT bidder, COUNT(*) AS bid_count, window_start, window_end
FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(\`dateTime\`), INTERVAL '4' SECOND))
GROUP BY bidder, window_start, window_end`,
  q12: `SELECT bidder, COUNT(*) AS bid_count, window_start, window_end
FROM ${tumble('bid')} GROUP BY bidder, window_start, window_end`,
  q18: `SELECT auction, bidder, price, channel, \`dateTime\`, extra
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY \`dateTime\` DESC) AS rank_number FROM bid
) WHERE rank_number <= 1`,
  q19: `SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid
) WHERE rank_number <= 10`,
}
