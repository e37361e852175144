//! The installation's departments, as citizens' and officers' pages list them.

use munadi_domain::id::DepartmentId;
use munadi_services::{
    page::Page as Part,
    people::{DepartmentRecord, People},
};

use crate::{error::Result, page::Page};

/// All of them, in the order of their making: a country has more than one part of the list holds.
pub(crate) async fn all(people: &People) -> Result<Vec<DepartmentRecord>> {
    let (mut departments, mut after) = (Vec::new(), None);
    loop {
        let listed = people.list_departments(Part::new(after, Part::<DepartmentId>::MOST)).await?;
        departments.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            return Ok(departments);
        }
    }
}

/// A department's name in the page's language, or in the nearest.
pub(crate) fn name_of(department: &DepartmentRecord, page: &Page) -> String {
    let offered: Vec<_> = department.name.keys().cloned().collect();
    let name = page.lang().best_of(&offered).and_then(|lang| department.name.get(lang));
    name.cloned().unwrap_or_else(|| department.slug.clone())
}
