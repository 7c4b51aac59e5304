/** Names that nobody has, made by faker: see tools/pool-names.ts, which writes this file. */

const names = (text: string): readonly string[] => text.trim().split(/[;\n]/)

export const CUSTOMER_NAMES: readonly string[] = names(`
Sergio Hagenes IV;Cristina Heaney;Clotilde Hirthe;Brenden Krajcik;Magali Hand Jr.;Mr. Nicholas Jaskolski I
Mrs. Freida Halvorson DDS;Mr. Daniel Durgan Sr.;Nickolas Mraz;Chaim Keebler;Carlotta Mayert;Jo Marks
Arlie Kuvalis;Jonas Ziemann;Nora Boyle;George Senger;Dr. Elda Rohan;Miriam Gleichner;Bart Towne;Mrs. Icie Cole
Trudie Cremin;Hank Dietrich-Larson;Annabel Krajcik;Clarissa Kling-Williamson III;Tia Krajcik;Amparo Bosco
Jermain Lindgren;Golda Jerde V;Dallas Kerluke;Graham Corkery;Pauline Bashirian;Afton Parker;Silas Maggio
Enos Schumm;Tomasa Greenholt;Rhea Sanford;Darla Witting;Jayden Bailey;Delphia Keeling-O'Keefe
Mr. Colten Schulist;Dr. Jules Williamson DVM;Kailee Harvey;Mr. Ezra Hills;Taya Hodkiewicz;Jammie Simonis Jr.
Columbus Blanda;Cathryn Marvin-Smith;Gianni Jakubowski III;Nikki Dibbert;Zackery Ryan;Franz Luettgen
Jolie Ziemann;Felton Vandervort;Delta Block;Eden Kulas;Michel Mann-Beer;Jamil Oberbrunner;Michale Reilly
Lennie Legros;Caesar Thiel;Prince Quigley;Mr. Jamir Cassin DDS;Gabriel Upton;Sheila Hirthe-Kris
Josiane Beer-Cormier;Aditya Ankunding;Mose Kuvalis;Myrna VonRueden Sr.;Miss Jewell Robel;Lavada Gibson
Gardner Lind;Karl Grant;Jonathon Leuschke;Emie Von II;Martin Reinger;Laurie Bernier Jr.;Mohammad Dickinson
Bell Hilpert;Dwight Miller;Tina West;Rebecca Beier;Aliza Hudson;Mathias Gleichner;Mr. Dayton Windler
Leanna Hamill;Lindsey Kihn;Emmanuelle Emard;Beulah Okuneva;Sigurd Gusikowski-McGlynn;Giovanna Zboncak
Elnora Balistreri;Fernando Denesik;D'angelo Muller;Mr. Gilberto Grimes;Tasha Conroy;Raymundo O'Keefe DDS
Mrs. Rowena Hagenes;Sadye Keebler;Gina Harris;Keven Nitzsche;Idell Ernser II;Mckayla Osinski PhD;Dr. Linda Johns
Sherri Goodwin;Omar Bartell;Elaina Rempel-Williamson;Leilani Waelchi;Dr. Anastacio Nolan;Lola Sawayn DVM
Leo Halvorson-Cruickshank II;Christiana Ruecker;Yessenia Larson;Lucio King;Rocky Herman;Ophelia O'Conner
Jedidiah Beahan;Dr. Chance Schamberger;Bernadette Ward;Vickie Mann;Hugh Muller;Lawson Treutel;Meta Huel
Miss Liana Casper;Elsa Parker;Eileen Huels;Dr. Abigail Monahan;Benny Corwin;Rod Keebler;Reva Davis
Deshaun Trantow;Rickie Osinski;Mr. Sage Windler;Heloise Farrell;Ole Schamberger;Loy Brekke Sr.;Don Dare
Zackary Gerlach;Albertha Nienow;Andrea Hammes;Miss Helen Wisoky;Maegan Dibbert;Justyn Zulauf;Blanca Zieme
Tate Bogisich;Mr. Jordi Pagac;Ms. Elmira Kub DDS;Jamey Hahn;Ruby Kris;Erika Prohaska;Mr. Oscar Zboncak
Kiley Kuhn;Carmen Schmitt;Jarvis Conn;Beryl Halvorson;Gennaro Connelly;Scarlett Stoltenberg;Emelie Schoen MD
Cordell Lockman;Dr. Lera Frami;Clarabelle Ankunding-Klocko IV;Hershel Leuschke;Dr. Mariano Block;Monica Ruecker
Adelle Durgan;Bryan Trantow;Dayton Herzog;Madyson Mosciski;Ike Yundt;Ms. Haylee Ritchie;Lorraine Lindgren
Alexandro Gerhold;Finn Wilkinson;Eliezer Schneider MD;Dustin Goodwin;Savannah O'Connell;Tom Miller
Brooklyn Crist IV;Sim Brekke;Emmet Leffler;Keaton Dickens;Gillian Feest;Herminio Zboncak;Fleta Deckow
Louise Sanford;Raymundo Frami;Mr. Casey Langworth;Valerie Reichel;Kenya Grady Sr.;Marcel Schneider
Art Gerhold DDS;Nicklaus Quitzon;Krystel Yundt;Nadine Parisian V;Claudie Bode-Robel;Jalen Baumbach
Camren Leffler;Idell Littel;Coty Marquardt II;Kenny Emard;Earnestine Hane;Loraine Langosh;Danial Conn
Eulah Schoen;Isadore O'Keefe;Dr. Terry Leuschke;Rick Harvey;Clifford Bradtke;Roman Ryan;Lucas Pfeffer
Gaston Torphy;Lizeth Wiza PhD;German Pollich;Wilford Watsica;Mr. Dereck Hansen;Jany Roberts;Darius Yost IV
Mr. Zachary Lind;Orland Huels;Foster Larkin;Retta Dooley;Evalyn Crona Jr.;Aiden Parisian;Joany Cormier
Mr. Ford Stark PhD;Mrs. Jennings Wolff MD;Tristian Goyette;Ms. Lelah Reilly DVM;Arnoldo Schoen;Adolfo Stark
Claudie Boehm III;Ann Kiehn;Mr. Hilario Baumbach;Shelia Bahringer;Carolanne Blanda-Lebsack;Savanah Torphy
Daniela Orn;Kirstin Windler;Anabel Runte;Alexzander Simonis;Lyla Gerlach;Brian Lockman;Fermin Wisoky;Ezra Braun
Jocelyn Rowe;Ima Carter;Richmond Hyatt II;Lester Hahn;Mafalda Windler-Pouros;Marcelo Wisoky;Jackie Nitzsche
Abagail Legros III;Raul Marvin;Kamron Dickinson;Ludie Collins;Sharon McClure;Glenda Abbott;Clemens Rowe I
Adolph Pfeffer;Anthony Kuvalis;Jean Marvin;Eveline Dietrich;Dustin Cummings;Mrs. Joanna Veum DDS;Lura Shanahan
Sid Marvin;Garret Gerlach;Candace Renner IV;Stan Roberts;Luigi Volkman;Dr. Nash West MD;Mr. Rodney Collins
Angie Turcotte;Mr. Domenico Fritsch DVM;Queenie Hodkiewicz;Elinore Weimann;Verner Stroman DVM;Cleo Luettgen
Mr. Gaston Wolf;Shea Beier;Thomas Rath;Chauncey Kessler;Colten Feest;Miss Katlyn Haley;Mrs. Shelly Dach
Kory Dickens PhD;Addie Crist;Humberto Glover;Hal Kuhn;Boris Nicolas DVM;Kelsi Kris;Piper Frami;Candido Mraz
Quincy MacGyver;Bailey Glover;Shelia Gorczany;Matteo O'Keefe;Shelia Bogisich;Furman Hintz-McLaughlin
Frances Ebert;Gustavo Jacobs MD;Darrion Stokes;Hank Bartell;Travon Kutch;Joyce Balistreri;Wade Hartmann
Miss Natalia Block;Gisselle Johns;Georgiana Nitzsche;Chet Harris;Esther Roberts;Dane Dare;Mr. Aron Murray DVM
Raymundo Mayer;Laury Roob;Linnea Fisher;Della Johnston;Rogelio Ebert;Kelsi Prohaska;Sheila Kulas;Russ O'Kon IV
Aylin Larson;Mr. Dayne VonRueden;Shanon Pollich;Kristi Lehner;Carter Collier;Russell Donnelly
Maximilian Johnson II;Khalil Jast;Mose Hermiston-Hoppe;Carmella Marvin;Shelly Koch;Korbin Ferry;Dakota Rippin
Nico Nienow;Carleton Walsh;Mr. Garfield Oberbrunner;Katlynn Rath;Keara Bode;Lesley Pfannerstill;Pasquale Streich
Abigail Kuhlman-Lesch;Gary Bogan;Frances Wiegand;Tate Hartmann;Edgar Orn;Edgardo Kautzer;Alanis Gislason
Blake Donnelly;Ms. Estrella Jaskolski-Dickens;Chaz Ondricka Jr.;Scarlett Hamill PhD;Mekhi Collier;Baylee Mante I
Isabel Block;Nellie Langworth-Goyette;Ada Koss;Salvador Kunde;Cleveland West;Santina Kozey;Annie Zemlak
Sonny Cremin-Reilly;Buddy Kilback DDS;Orin Trantow;Kristen Rosenbaum;Bernadette Kulas;Alejandrin Wisoky
Dr. Connor Stracke;Alverta Howell V;Miss Savannah Pfeffer;Adan Robel Jr.;Amira Murray;Eleanor Hagenes
Destany Considine PhD;Miguel Lemke;Pink Rodriguez;Bernadette Maggio;Dr. Osvaldo Crona;Asia Johnston
Maxine Larkin PhD;Haylie Okuneva;Ignacio Zemlak;Ofelia Muller;Daisy Denesik;Lia Kling;Sage Hamill
Darren Von-O'Conner;Stephany Flatley-Lang;Maya Ankunding;Domingo Heidenreich;Heidi Moen;Telly Wintheiser
Kaelyn Greenfelder;Trenton Konopelski;Dorothea Veum;Lane Nikolaus;Lorenza Bashirian;Lucia Ritchie;Leann Wunsch
Xander Brown;Alberto Stroman IV
`)

export const MERCHANT_NAMES: readonly string[] = names(`
Hane - Ferry;Blanda, Turcotte and Cartwright;Stroman, Osinski and Schaden;Reilly Inc;Turner Inc
Gislason - Reynolds;Muller - Gusikowski;Towne, Balistreri-Bahringer and Tromp;Lubowitz - Jones
Runte, Pfannerstill and White;Shanahan and Sons;Langosh LLC;Weimann - Gulgowski;Breitenberg LLC;Maggio - Bruen
Bins and Sons;Schiller, Rowe and Wintheiser;Feest - Ondricka;Mertz-Lynch and Sons;Schaden LLC
Dickinson - Parisian;Blick - Russel;Schulist, Konopelski and White;Brakus and Sons;Rogahn, Bartell and Kozey
Friesen - Ebert;Langosh, Stoltenberg and Schowalter;Gusikowski and Sons;Orn, Hills and Glover
Jacobson, Bruen and Bernier;Brown, Walsh and Heidenreich;Hand Group;Mueller-Ruecker, Sipes and Predovic
Ortiz, Reichert and Koch;Johnston - Dickinson;Hahn, Willms and Welch;Bruen - Feest;Rice - Mann;Cremin - Lindgren
Sanford - Hyatt;Hills - Cormier;Hyatt Inc;Herman, Johnston-O'Reilly and Frami;Labadie-Rempel - Welch;Spinka Inc
Hegmann-Cole LLC;Friesen, MacGyver and McClure;Russel Group;Parker Group;Rempel - Gerhold;Emard - Dach
Hayes - Murray;Bernhard and Sons;Sanford, Weber and Kuphal;Aufderhar and Sons;Nikolaus-Huel - Klocko-Dach
Sauer, Luettgen and McLaughlin;Jakubowski Group;Hessel, Hodkiewicz and Lang;Lindgren Group
`)
