use record::{Gender, PersonName};

use crate::dice::Dice;

/// Names of one of the region's cultures. Every name is common; the combinations
/// are thrown by dice and mean nobody.
pub(crate) struct Culture {
    /// Ethnic category as the sources write it (NHS Data Dictionary, 2001 census).
    pub(crate) ethnicity: &'static str,
    /// Its language, where an interpreter may be wanted.
    pub(crate) language: Option<&'static str>,
    weight: u64,
    families: &'static [&'static str],
    women: &'static [&'static str],
    men: &'static [&'static str],
}

#[rustfmt::skip]
static CULTURES: [Culture; 17] = [
    Culture { ethnicity: "White - British", language: None, weight: 300,
        families: &["Barlow", "Cartwright", "Dawson", "Elliott", "Fairbrother", "Goodwin", "Hartley", "Ingham", "Lockwood", "Mercer", "Northcott", "Ormerod", "Pritchard", "Redfern", "Shawcross", "Thackeray", "Underhill", "Wainwright", "O'Dell", "Smith-Rowe"],
        women: &["Alice", "Beryl", "Charlotte", "Doreen", "Emily", "Florence", "Gillian", "Hazel", "Isobel", "Joan", "Karen", "Lucy", "Maureen", "Olivia", "Pauline", "Ruth", "Sheila", "Tracey"],
        men: &["Alan", "Barry", "Colin", "Derek", "Edward", "Frank", "George", "Harry", "Ian", "Jack", "Kevin", "Leonard", "Martin", "Norman", "Oliver", "Peter", "Roy", "Stanley"] },
    Culture { ethnicity: "White - Irish", language: None, weight: 50,
        families: &["Brennan", "Callaghan", "Doherty", "Farrelly", "Gallagher", "Hennessy", "Keane", "McGrath", "Nolan", "O'Sullivan", "Quigley", "Tierney"],
        women: &["Aoife", "Bridget", "Ciara", "Deirdre", "Kathleen", "Mary", "Niamh", "Siobhán", "Una"],
        men: &["Cormac", "Declan", "Eamon", "Fergal", "Liam", "Michael", "Pádraig", "Seán", "Thomas"] },
    Culture { ethnicity: "Black or Black British - African", language: Some("Igbo"), weight: 90,
        families: &["Adichie-Cole", "Chukwu", "Eze", "Igwe", "Nnamdi", "Nwosu", "Obi", "Okafor", "Okonkwo", "Onyekachi", "Uche"],
        women: &["Adaeze", "Amaka", "Chidinma", "Chioma", "Ebere", "Ifeoma", "Ngozi", "Nkechi", "Obiageli"],
        men: &["Chidi", "Chinedu", "Emeka", "Ifeanyi", "Kelechi", "Nnaemeka", "Obinna", "Uchenna"] },
    Culture { ethnicity: "Black or Black British - African", language: Some("Yoruba"), weight: 90,
        families: &["Adebayo", "Adeyemi", "Afolabi", "Akinola", "Balogun", "Fashola", "Ogunleye", "Olatunji", "Oyelaran", "Sowande"],
        women: &["Abiola", "Adunni", "Bisi", "Folake", "Funmilayo", "Morenike", "Omolara", "Titilayo", "Yetunde"],
        men: &["Ayodele", "Babatunde", "Dayo", "Femi", "Kayode", "Olumide", "Segun", "Tunde", "Wale"] },
    Culture { ethnicity: "Black or Black British - African", language: Some("Twi"), weight: 60,
        families: &["Acheampong", "Adjei", "Agyeman", "Amoako", "Asante", "Boateng", "Mensah", "Osei", "Owusu", "Sarpong"],
        women: &["Abena", "Adwoa", "Afia", "Akosua", "Ama", "Efua", "Esi", "Yaa"],
        men: &["Kofi", "Kojo", "Kwabena", "Kwaku", "Kwame", "Kwasi", "Yaw"] },
    Culture { ethnicity: "Black or Black British - African", language: Some("Somali"), weight: 45,
        families: &["Abdi", "Ali", "Farah", "Hassan", "Jama", "Mohamud", "Nur", "Warsame", "Yusuf"],
        women: &["Amina", "Ayaan", "Fadumo", "Halima", "Hodan", "Khadija", "Nimo", "Sahra"],
        men: &["Abdirahman", "Ahmed", "Bashir", "Guled", "Ismail", "Liban", "Mahad", "Omar"] },
    Culture { ethnicity: "Black or Black British - Caribbean", language: None, weight: 95,
        families: &["Bailey", "Braithwaite", "Campbell", "Clarke-Reid", "Francis", "Gayle", "Grant", "Henriques", "Lawes", "Palmer", "Pinnock", "Samuels", "Wellington"],
        women: &["Beverley", "Claudette", "Dawn", "Hyacinth", "Icilda", "Jacinta", "Marcia", "Natalie", "Sonia", "Yvonne"],
        men: &["Courtney", "Delroy", "Desmond", "Everton", "Fitzroy", "Jerome", "Leroy", "Marlon", "Neville", "Winston"] },
    Culture { ethnicity: "Asian or Asian British - Indian", language: Some("Gujarati"), weight: 45,
        families: &["Chauhan", "Desai", "Joshi", "Mehta", "Nair", "Patel", "Pillai", "Rao", "Shah", "Trivedi"],
        women: &["Anjali", "Bhavna", "Deepa", "Hansa", "Kavita", "Meena", "Priya", "Sunita", "Usha"],
        men: &["Arjun", "Bharat", "Dinesh", "Harish", "Kiran", "Mukesh", "Nikhil", "Rajesh", "Vikram"] },
    Culture { ethnicity: "Asian or Asian British - Pakistani", language: Some("Urdu"), weight: 20,
        families: &["Ahmad", "Butt", "Chaudhry", "Hussain", "Iqbal", "Khan", "Malik", "Qureshi"],
        women: &["Ayesha", "Fatima", "Nadia", "Rabia", "Saima", "Shazia", "Zainab"],
        men: &["Asif", "Faisal", "Imran", "Kamran", "Naveed", "Tariq", "Usman"] },
    Culture { ethnicity: "Asian or Asian British - Bangladeshi", language: Some("Sylheti"), weight: 20,
        families: &["Begum", "Chowdhury", "Islam", "Miah", "Rahman", "Sarkar", "Uddin"],
        women: &["Farzana", "Nasima", "Rahela", "Rehana", "Shahana", "Sultana"],
        men: &["Abdul", "Kamal", "Mizanur", "Rafiq", "Shafiq", "Tanvir"] },
    Culture { ethnicity: "Asian or Asian British - Any other Asian background", language: Some("Tamil"), weight: 20,
        families: &["Arulanandam", "Kandasamy", "Ponnambalam", "Rajaratnam", "Sivakumar", "Thirunavukkarasu"],
        women: &["Anusha", "Dharshini", "Meera", "Sivagami", "Thulasi", "Vasanthi"],
        men: &["Ganesh", "Jeyakumar", "Mohan", "Nirmalan", "Sutharsan", "Yogan"] },
    Culture { ethnicity: "Asian or Asian British - Any other Asian background", language: Some("Nepali"), weight: 25,
        families: &["Gurung", "Limbu", "Magar", "Rai", "Tamang", "Thapa"],
        women: &["Bishnu", "Devi", "Gita", "Laxmi", "Maya", "Sarita"],
        men: &["Bhim", "Dhan", "Ganga", "Krishna", "Prem", "Suman"] },
    Culture { ethnicity: "Asian or Asian British - Any other Asian background", language: Some("Vietnamese"), weight: 35,
        families: &["Bùi", "Đặng", "Hoàng", "Lê", "Nguyễn", "Phạm", "Trần", "Võ"],
        women: &["Thị Hoa", "Thị Lan", "Thị Mai", "Ngọc Ánh", "Thu Hà", "Kim Liên"],
        men: &["Văn Thanh", "Văn Dũng", "Minh Quân", "Quốc Bảo", "Đức Anh", "Hữu Phước"] },
    Culture { ethnicity: "Other Ethnic Groups - Chinese", language: Some("Cantonese"), weight: 30,
        families: &["Chan", "Cheung", "Ho", "Lam", "Leung", "Wong", "Yip"],
        women: &["Ka Yan", "Mei Ling", "Siu Fong", "Wai Ching", "Yuk Lan"],
        men: &["Chi Keung", "Kin Wah", "Man Kit", "Siu Ming", "Tsz Hin"] },
    Culture { ethnicity: "White - Any other White background", language: Some("Polish"), weight: 40,
        families: &["Dąbrowski", "Jankowski", "Kaczmarek", "Mazur", "Nowak", "Pawlak", "Sikora", "Wróbel"],
        women: &["Agnieszka", "Danuta", "Ewa", "Katarzyna", "Małgorzata", "Zofia"],
        men: &["Andrzej", "Grzegorz", "Krzysztof", "Łukasz", "Paweł", "Zbigniew"] },
    Culture { ethnicity: "White - Any other White background", language: Some("Turkish"), weight: 35,
        families: &["Aydın", "Çelik", "Demir", "Kılıç", "Öztürk", "Şahin", "Yıldız"],
        women: &["Ayşe", "Elif", "Emine", "Gülsüm", "Hatice", "Zeynep"],
        men: &["Burak", "Emre", "Hüseyin", "İbrahim", "Mehmet", "Mustafa"] },
    Culture { ethnicity: "Other Ethnic Groups - Any other ethnic group", language: Some("Spanish"), weight: 45,
        families: &["Castillo Rojas", "Gómez Vargas", "Jaramillo", "Muñoz", "Ortega Salazar", "Peña", "Restrepo", "Zambrano"],
        women: &["Catalina", "Gloria Inés", "Luz Marina", "María José", "Paola", "Ximena"],
        men: &["Andrés", "Carlos Alberto", "Hernán", "José Luis", "Mauricio", "Sebastián"] },
];

/// One of the region's cultures, by their share.
pub(crate) fn culture(dice: &mut Dice) -> &'static Culture {
    let at = dice.weighted(CULTURES.iter().map(|culture| culture.weight));
    CULTURES.get(at).unwrap_or(&CULTURES[0])
}

impl Culture {
    pub(crate) fn family(&self, dice: &mut Dice) -> String {
        dice.pick(self.families, "Mercer").to_owned()
    }

    /// Given names: one, or one and a second.
    pub(crate) fn given(&self, gender: Gender, dice: &mut Dice) -> Vec<String> {
        let names = if gender == Gender::Female { self.women } else { self.men };
        let first = dice.pick(names, "Robin").to_owned();
        let second = dice.pick(names, "Robin").to_owned();
        if dice.per_mille(300) && first != second { vec![first, second] } else { vec![first] }
    }
}

/// A title that fits gender and age.
pub(crate) fn title(gender: Gender, age: i64, dice: &mut Dice) -> Option<String> {
    let title = match gender {
        _ if age < 16 => return None,
        _ if dice.per_mille(15) => "Dr",
        Gender::Female => dice.pick(&["Mrs", "Ms", "Miss"], "Ms"),
        Gender::Male => "Mr",
        _ => return None,
    };
    Some(title.to_owned())
}

/// A clinician or worker: title, given and family name in one text.
pub(crate) fn professional(title: Option<&str>, dice: &mut Dice) -> String {
    let culture = culture(dice);
    let gender = if dice.per_mille(550) { Gender::Female } else { Gender::Male };
    let given = culture.given(gender, dice);
    let name = format!("{} {}", given.first().map_or("Robin", String::as_str), culture.family(dice));
    title.map_or(name.clone(), |title| format!("{title} {name}"))
}

/// A name from its parts, for the people whose stories are told.
pub(crate) fn name(title: &str, given: &str, family: &str) -> PersonName {
    PersonName {
        family: family.to_owned(),
        given: given.split_whitespace().map(str::to_owned).collect(),
        title: (!title.is_empty()).then(|| title.to_owned()),
        preferred: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_has_the_mix_of_south_east_london() {
        let mut dice = Dice::new(11, 0);
        let ethnicities: std::collections::BTreeSet<_> = (0..800).map(|_| culture(&mut dice).ethnicity).collect();
        assert!(ethnicities.len() >= 9, "{ethnicities:?}");
    }

    #[test]
    fn every_culture_can_name_women_and_men() {
        for culture in &CULTURES {
            assert!(culture.families.len() >= 6 && culture.women.len() >= 5 && culture.men.len() >= 5);
        }
    }
}
