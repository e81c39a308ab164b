//! BinXML tokens, by the names of the format's description. Bit 0x40 announces more of the same kind.

pub(super) const END_OF_FRAGMENT: u8 = 0x00;
pub(super) const OPEN_ELEMENT: u8 = 0x01;
pub(super) const OPEN_ELEMENT_WITH_ATTRIBUTES: u8 = 0x41;
pub(super) const CLOSE_START_TAG: u8 = 0x02;
pub(super) const CLOSE_EMPTY_ELEMENT: u8 = 0x03;
pub(super) const END_ELEMENT: u8 = 0x04;
pub(super) const VALUE: u8 = 0x05;
pub(super) const VALUE_AND_MORE: u8 = 0x45;
pub(super) const ATTRIBUTE: u8 = 0x06;
pub(super) const ATTRIBUTE_AND_MORE: u8 = 0x46;
pub(super) const CDATA: u8 = 0x07;
pub(super) const CDATA_AND_MORE: u8 = 0x47;
pub(super) const CHARACTER: u8 = 0x08;
pub(super) const CHARACTER_AND_MORE: u8 = 0x48;
pub(super) const ENTITY: u8 = 0x09;
pub(super) const ENTITY_AND_MORE: u8 = 0x49;
pub(super) const INSTRUCTION_TARGET: u8 = 0x0A;
pub(super) const INSTRUCTION_DATA: u8 = 0x0B;
pub(super) const TEMPLATE_INSTANCE: u8 = 0x0C;
pub(super) const SUBSTITUTION: u8 = 0x0D;
pub(super) const OPTIONAL_SUBSTITUTION: u8 = 0x0E;
pub(super) const FRAGMENT_HEADER: u8 = 0x0F;
