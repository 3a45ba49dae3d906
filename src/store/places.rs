//! Where accounts and channels are. Found by geohash cell, so that a search reads the neighbourhood and not the table.

mod cells;

use super::conn::AnyConnection;
use super::schema::places::{self, dsl};
use crate::domain::place::Point;
use crate::error::Result;
use diesel::prelude::*;

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(i16);

/// An account.
pub const ACCOUNT: Kind = Kind(0);
/// A channel.
pub const CHANNEL: Kind = Kind(1);

/// Where a search begins, in metres.
const FIRST: f64 = 150.0;
/// By how much a search that found too few is widened.
const WIDER: f64 = 4.0;
/// More candidates than this are too many to sort; the search is narrowed.
const CROWD: usize = 4000;
/// A crowd within so many metres is not told apart any further.
const NARROW: f64 = 5.0;
/// Nor is one whose edge is known this well.
const SHARP: f64 = 1.2;
/// Enough to widen from [`FIRST`] round the world and narrow again.
const STEPS: usize = 16;
/// Half way round the world, in metres: nothing is farther away.
const FARTHEST: f64 = 20_100_000.0;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = places, primary_key(kind, owner))]
struct Row {
    kind: i16,
    owner: i64,
    longitude: f64,
    latitude: f64,
    cell: String,
}

/// Notes where something is, in place of where it was.
pub fn put(conn: &mut AnyConnection, kind: Kind, owner: i64, point: Point) -> Result<()> {
    let row = Row {
        kind: kind.0,
        owner,
        longitude: point.longitude,
        latitude: point.latitude,
        cell: cells::of(point)?,
    };
    let known = dsl::places.find((kind.0, owner));
    if diesel::update(known).set(&row).execute(conn)? == 0 {
        diesel::insert_into(dsl::places)
            .values(&row)
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets where something is.
pub fn remove(conn: &mut AnyConnection, kind: Kind, owner: i64) -> Result<()> {
    diesel::delete(dsl::places.find((kind.0, owner))).execute(conn)?;
    Ok(())
}

/// Owners within `radius_km` of a point other than `except`, and how many metres away they are; nearest first, at most `limit`.
///
/// Of a crowd of thousands at one spot an arbitrary part is returned.
pub fn near(
    conn: &mut AnyConnection,
    kind: Kind,
    point: Point,
    radius_km: f64,
    limit: usize,
    except: Option<i64>,
) -> Result<Vec<(i64, f64)>> {
    let radius = (radius_km * 1000.0).min(FARTHEST);
    let mut reach = FIRST.min(radius);
    // Within `thin` metres there are too few, within `crowd` metres too many.
    let mut thin: f64 = 1.0;
    let mut crowd = None;
    for _ in 0..STEPS {
        let found = around(conn, kind, point, reach, except)?;
        if found.len() > CROWD {
            crowd = Some(reach);
        } else {
            let inside = found.partition_point(|(_, metres)| *metres <= reach);
            if inside >= limit || reach >= radius {
                return Ok(first(found, inside.min(limit)));
            }
            thin = reach;
        }
        reach = match crowd {
            Some(crowd) if crowd <= NARROW || crowd <= thin * SHARP => break,
            Some(crowd) => (thin * crowd).sqrt(),
            None => (reach * WIDER).min(radius),
        };
    }
    let found = around(conn, kind, point, crowd.unwrap_or(radius), except)?;
    let inside = found.partition_point(|(_, metres)| *metres <= radius);
    Ok(first(found, inside.min(limit)))
}

fn first(mut found: Vec<(i64, f64)>, count: usize) -> Vec<(i64, f64)> {
    found.truncate(count);
    found
}

/// Everything within `reach` metres and some beyond, nearest first; just more than [`CROWD`] when it is too much.
fn around(
    conn: &mut AnyConnection,
    kind: Kind,
    point: Point,
    reach: f64,
    except: Option<i64>,
) -> Result<Vec<(i64, f64)>> {
    let mut query = dsl::places.into_boxed();
    for cell in cells::cover(point, reach)? {
        // `~` comes after every letter of a geohash.
        let end = format!("{cell}~");
        query = query.or_filter(
            dsl::kind
                .eq(kind.0)
                .and(dsl::cell.ge(cell))
                .and(dsl::cell.lt(end)),
        );
    }
    let most = CROWD as i64 + 2;
    let rows: Vec<(i64, f64, f64)> = query
        .select((dsl::owner, dsl::longitude, dsl::latitude))
        .limit(most)
        .load(conn)?;
    let mut found: Vec<(i64, f64)> = rows
        .into_iter()
        .filter(|(owner, ..)| Some(*owner) != except)
        .map(|(owner, longitude, latitude)| {
            (
                owner,
                point.metres_to(Point {
                    longitude,
                    latitude,
                }),
            )
        })
        .collect();
    found.sort_unstable_by(|(a, near), (b, far)| near.total_cmp(far).then(a.cmp(b)));
    Ok(found)
}
