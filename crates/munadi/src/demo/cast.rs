//! Who plays in the demonstration.

use munadi_domain::access::Role;

/// A department of the demonstration.
pub(super) struct Department {
    pub(super) slug: &'static str,
    pub(super) english: &'static str,
    pub(super) hindi: &'static str,
    /// Its admin's sign-in name and name.
    pub(super) admin: (&'static str, &'static str),
    pub(super) officers: &'static [Officer],
}

/// An officer of the demonstration.
pub(super) struct Officer {
    pub(super) sign_in: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [Role],
}

const fn officer(sign_in: &'static str, name: &'static str, roles: &'static [Role]) -> Officer {
    Officer { sign_in, name, roles }
}

/// Who looks after the installation.
pub(super) const PLATFORM_ADMIN: (&str, &str) = ("admin", "Platform admin");
/// Who confirms what the platform admin asks for.
pub(super) const PLATFORM_DEPUTY: (&str, &str) = ("deputy", "Deputy platform admin");
/// Who reads the audit trail.
pub(super) const AUDITOR: (&str, &str) = ("auditor", "Auditor");

/// The author, the approver and the publisher of the tour.
pub(crate) const TOUR: [&str; 3] = ["asha", "vikram", "meera"];

/// The departments.
pub(super) const DEPARTMENTS: [Department; 3] = [
    Department {
        slug: "up-disaster-management",
        english: "Uttar Pradesh Disaster Management (demonstration)",
        hindi: "उत्तर प्रदेश आपदा प्रबंधन (प्रदर्शन)",
        admin: ("up.admin", "Rakesh Mishra"),
        officers: &[
            officer("asha", "Asha Verma", &[Role::Drafter]),
            officer("vikram", "Vikram Singh", &[Role::Approver]),
            officer("meera", "Meera Joshi", &[Role::Approver, Role::Publisher]),
        ],
    },
    Department {
        slug: "karnataka-disaster-monitoring",
        english: "Karnataka Disaster Monitoring (demonstration)",
        hindi: "कर्नाटक आपदा निगरानी (प्रदर्शन)",
        admin: ("ka.admin", "Lakshmi Rao"),
        officers: &[
            officer("kiran", "Kiran Gowda", &[Role::Drafter]),
            officer("anitha", "Anitha Shetty", &[Role::Approver, Role::Publisher]),
        ],
    },
    Department {
        slug: "delhi-health",
        english: "Delhi Health Services (demonstration)",
        hindi: "दिल्ली स्वास्थ्य सेवाएँ (प्रदर्शन)",
        admin: ("dl.admin", "Imran Khan"),
        officers: &[
            officer("neha", "Neha Kapoor", &[Role::Drafter]),
            officer("arjun", "Arjun Nair", &[Role::Approver, Role::Publisher]),
        ],
    },
];
