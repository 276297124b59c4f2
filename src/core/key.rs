//! What a cashier can press, whatever the keypad calls it.

/// One key press. Digits are 0 to 9; `00` is its own key on many pads and means two zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Digit(u8),
    DoubleZero,
    Enter,
    /// Takes the last digit away.
    Back,
    /// Takes the whole entry away.
    Clear,
    Cancel,
    Plus,
    /// `.` or `,`: amounts need none, and one that is swallowed makes 1.25 of 12.5. It is heard and refused.
    Point,
    /// Lists the last payments.
    List,
}
