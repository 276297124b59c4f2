//! The test card on every module.

use std::sync::Arc;

use qrtill::panel::epaper::Module;
use qrtill::panel::epaper::Rules;
use qrtill::port::panel;
use qrtill::port::panel::Picture;
use qrtill::ui::check_code;
use qrtill::ui::test_card::TEXT;
use qrtill::ui::test_card::TestCard;
use qrtill::ui::test_card::Told;

use super::counter::Counter;

#[test]
fn every_page_is_on_the_glass_its_code_is_read_and_none_of_it_stays() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules::default());
        let mut card = TestCard::new(*panel::find(module.panel()).expect("a panel of that name"));
        let mut codes = 0;
        for page in 0..card.pages() {
            let drawn = card.draw(page, &Told::default());
            let code = matches!(drawn.code, qrtill::ui::Code::Shown(_));
            let picture = Picture { frame: Arc::new(drawn.frame), code };
            counter.show(&picture);
            counter.pass(11);
            assert!(counter.seen() == *picture.frame, "page {page} on {}", module.name());
            codes += u32::from(check_code(&counter.seen(), TEXT));
        }
        assert_eq!(codes, 1, "{}", module.name());
        let blank = Picture { frame: Arc::new(card.blank()), code: false };
        counter.show(&blank);
        counter.panel.close().expect("closed");
        assert!(counter.seen() == *blank.frame, "{}", module.name());
        counter.assert_content();
    }
}
