use sea_orm::{ActiveValue::Set, EntityTrait};

use super::{
    Database,
    columns::corrupt,
    entities::installation::{ActiveModel, Entity},
    error::store_error,
};
use crate::ports::{Rng, StoreError};

/// There is one row.
const ROW: i32 = 1;

impl Database {
    /// What makes this installation differ from any other: made at the first call, the same ever
    /// after. Of several hosts that start at once all get the same.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn installation_salt(&self, rng: &dyn Rng) -> Result<[u8; 32], StoreError> {
        if let Some(row) = Entity::find_by_id(ROW).one(&self.pool).await.map_err(store_error)? {
            return read(&row.salt);
        }
        self.write(|tx| async move {
            if let Some(row) = Entity::find_by_id(ROW).one(&*tx).await? {
                return Ok(read(&row.salt)?);
            }
            let salt = rng.bytes32();
            let row = ActiveModel { id: Set(ROW), salt: Set(hex::encode(salt)) };
            Entity::insert(row).exec_without_returning(&*tx).await?;
            Ok(salt)
        })
        .await
    }
}

fn read(hex: &str) -> Result<[u8; 32], StoreError> {
    let mut salt = [0; 32];
    hex::decode_to_slice(hex, &mut salt).map_err(|_| corrupt("installation.salt"))?;
    Ok(salt)
}
