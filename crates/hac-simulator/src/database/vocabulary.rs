//! What the sample rows are made of.

/// Catalogs: id, name in both languages, whether it is the default.
pub(super) const CATALOGS: [(&str, [&str; 2], bool); 2] = [
    ("electronicsProductCatalog", ["Electronics", "Elektronik"], true),
    ("toolsProductCatalog", ["Tools & Garden", "Werkzeug & Garten"], false),
];
pub(super) const VERSIONS: [(&str, bool); 2] = [("Staged", false), ("Online", true)];

/// A category and what products in it are called.
pub(super) struct Range {
    pub(super) code: &'static str,
    pub(super) name: [&'static str; 2],
    pub(super) prefix: &'static str,
    pub(super) nouns: [[&'static str; 2]; 2],
    pub(super) catalog: usize,
}

pub(super) const RANGES: [Range; 6] = [
    Range {
        code: "cameras",
        name: ["Cameras", "Kameras"],
        prefix: "CAM",
        nouns: [["Compact Camera", "Kompaktkamera"], ["Camera, 24 Mpx", "Kamera, 24 Mpx"]],
        catalog: 0,
    },
    Range {
        code: "lenses",
        name: ["Lenses", "Objektive"],
        prefix: "LEN",
        nouns: [["Lens < 50 mm", "Objektiv < 50 mm"], ["Zoom Lens", "Zoomobjektiv"]],
        catalog: 0,
    },
    Range {
        code: "displays",
        name: ["Displays", "Bildschirme"],
        prefix: "DIS",
        nouns: [["27\" Monitor", "27\"-Bildschirm"], ["Photographer's Display", "Display für Fotografen"]],
        catalog: 0,
    },
    Range {
        code: "cables",
        name: ["Cables & Adapters", "Kabel & Adapter"],
        prefix: "CAB",
        nouns: [["Cable & Adapter", "Kabel & Adapter"], ["Extension Cable", "Verlängerungskabel"]],
        catalog: 0,
    },
    Range {
        code: "saws",
        name: ["Saws", "Sägen"],
        prefix: "SAW",
        nouns: [["Circular Saw", "Kreissäge"], ["Hand Saw", "Handsäge"]],
        catalog: 1,
    },
    Range {
        code: "drills",
        name: ["Drills", "Bohrmaschinen"],
        prefix: "DRI",
        nouns: [["Cordless Drill", "Akkubohrer"], ["Hammer Drill", "Schlagbohrmaschine"]],
        catalog: 1,
    },
];

pub(super) const ADJECTIVES: [[&str; 2]; 7] = [
    ["Light", "Leicht"],
    ["Robust", "Robust"],
    ["Silent", "Geräuscharm"],
    ["Classic", "Klassisch"],
    ["Large", "Groß"],
    ["Waterproof", "Wasserdicht"],
    ["Foldable", "Faltbar"],
];
pub(super) const MANUFACTURERS: [Option<&str>; 5] =
    [Some("Smith & Söhne"), Some("Kühne GmbH"), None, Some("O'Hara Tools"), Some("Nordlicht")];

/// Users: uid, name, type, disabled. Those who can log in by default are among them, for queries run as them.
pub(super) const USERS: [(&str, &str, &str, bool); 7] = [
    ("admin", "Administrator", "Employee", false),
    ("anonymous", "Anonymous", "Customer", false),
    ("productmanager", "Product Manager", "Employee", false),
    ("editor", "Müller, Jürgen", "Employee", false),
    ("ada@example.com", "Ada Lovelace", "Customer", false),
    ("retired@example.com", "Grace Hopper", "Customer", true),
    ("viewer", "Viewer", "Employee", false),
];
