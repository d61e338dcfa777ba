/** The given and family names common among the speakers of one language. */
export type NameList = { given: readonly string[]; family: readonly string[] }

/** Splits a comma-separated text into its trimmed parts; keeps long constant lists short to read. */
export function list(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim())
}

/** Common names in German. */
export const GERMAN_NAMES: NameList = {
  given: list(`
    Alexander, Andrea, Andreas, Angelika, Anja, Anke, Anna, Annegret, Antje, Arne, Barbara, Bärbel, Ben, Bernd, Birgit,
    Björn, Brigitte, Christian, Christina, Christoph, Claudia, Clara, Daniel, Dieter, Dörte, Elisabeth, Emilia, Emma,
    Felix, Finn, Florian, Frank, Franziska, Frauke, Friedrich, Gabriele, Gisela, Günter, Günther, Hannah, Hannelore,
    Hans-Jürgen, Heike, Heinz, Helga, Henrike, Ingrid, Jakob, Jan, Jana, Jens, Johanna, Jonas, Jörg, Julia, Jürgen,
    Karin, Karl-Heinz, Katharina, Katrin, Käthe, Klaus, Lars, Laura, Lea, Lena, Leon, Leonie, Lukas, Manfred, Maria,
    Marie, Markus, Martin, Martina, Matthias, Maximilian, Mia, Michael, Monika, Moritz, Nicole, Niklas, Noah, Oliver,
    Paul, Peter, Petra, Ralf, Renate, Rüdiger, Sabine, Sandra, Sebastian, Sigrid, Silke, Simon, Sophie, Söhnke, Stefan,
    Stefanie, Susanne, Sven, Theresa, Thomas, Thorsten, Tobias, Torben, Ulrike, Ursula, Uwe, Ute, Volker, Werner,
    Wiebke, Wolfgang
  `),
  family: list(`
    Albrecht, Arnold, Bauer, Baumann, Beck, Becker, Berger, Bergmann, Böhm, Brandt, Braun, Busch, Dietrich, Döring,
    Engel, Ernst, Fischer, Frank, Franke, Friedrich, Fuchs, Günther, Graf, Groß, Haas, Hahn, Hartmann, Heinrich,
    Herrmann, Hoffmann, Hofmann, Horn, Huber, Jäger, Jahn, Jansen, Jung, Kaiser, Keller, Klein, Koch, Köhler, König,
    Kraft, Kramer, Krämer, Kraus, Krause, Krüger, Kuhn, Kühn, Lang, Lange, Lehmann, Lorenz, Ludwig, Maier, Mayer, Meier,
    Meyer, Möller, Müller, Neumann, Otto, Peters, Pfeiffer, Pohl, Preuß, Richter, Roth, Sauer, Schäfer, Schmid, Schmidt,
    Schmitt, Schneider, Scholz, Schröder, Schubert, Schulte, Schulz, Schulze, Schumacher, Schuster, Schütz, Schwarz,
    Seidel, Simon, Sommer, Stein, Thomas, Vogel, Vogt, Voigt, Wagner, Walter, Weber, Weiß, Werner, Winkler, Winter,
    Wolf, Wolff, Ziegler, Zimmermann, von Stetten, von der Heide, Meyer-Lüders, Schmidt-Köhler
  `),
}

/** Common names in Austria. */
export const AUSTRIAN_NAMES: NameList = {
  given: list(`
    Alois, Anna, Bernadette, Christoph, Dominik, Elfriede, Elias, Eva, Florian, Franz, Gerlinde, Hannes, Hermine,
    Johann, Josef, Katharina, Lukas, Magdalena, Maximilian, Michaela, Rosemarie, Sebastian, Stefan, Theresia, Valentina,
    Waltraud
  `),
  family: list(`
    Aigner, Auer, Bauer, Binder, Brunner, Ebner, Eder, Egger, Fuchs, Gruber, Haas, Hofer, Holzer, Huber, Lechner,
    Leitner, Maier, Mayr, Moser, Müller, Pichler, Reiter, Schwarz, Steiner, Wagner, Wallner, Weber, Wimmer, Winkler, Wöß
  `),
}

/** Common names in German-speaking Switzerland. */
export const SWISS_NAMES: NameList = {
  given: list(`
    Andrea, Beat, Brigitte, Corinne, Daniela, Fabienne, Hansruedi, Heidi, Jürg, Livia, Lara, Luca, Matteo, Marco, Nina,
    Nicolas, Regula, Reto, Rolf, Ruth, Simone, Thomas, Urs, Ursina, Vreni, Walter
  `),
  family: list(`
    Ammann, Bachmann, Baumgartner, Blöchlinger, Brunner, Bühler, Frei, Gerber, Graf, Hofstetter, Hürlimann, Keller,
    Kaufmann, Küng, Lüthi, Meier, Meyer, Müller, Nägeli, Roth, Rüegg, Schmid, Sutter, Suter, Wyss, Zbinden, Zürcher
  `),
}

/** Common names in French. */
export const FRENCH_NAMES: NameList = {
  given: list(`
    Adèle, Alice, Anaïs, Antoine, Aurélie, Camille, Céline, Chloé, Clément, Élodie, Étienne, François, Françoise, Gaël,
    Geneviève, Hélène, Hugo, Inès, Jean-Pierre, Jérôme, Léa, Loïc, Louise, Lucas, Mathilde, Noël, Raphaël, Sébastien,
    Théo, Zoé
  `),
  family: list(`
    André, Bernard, Bertrand, Blanc, Bonnet, Boyer, Chevalier, David, Dubois, Dupont, Durand, Faure, Fournier, François,
    Garnier, Gauthier, Girard, Lambert, Lefèvre, Legrand, Leroy, Martin, Mercier, Michel, Moreau, Morel, Petit,
    Rousseau, Thomas, Hérault
  `),
}

/** Common names in Italian. */
export const ITALIAN_NAMES: NameList = {
  given: list(`
    Alessandro, Andrea, Anna, Antonio, Beatrice, Carla, Chiara, Davide, Elena, Federica, Francesco, Giorgia, Giovanni,
    Giulia, Giuseppe, Lorenzo, Luca, Marco, Martina, Matteo, Niccolò, Paola, Roberto, Sara, Silvia, Valentina
  `),
  family: list(`
    Barbieri, Bianchi, Bruno, Colombo, Conti, Costa, D'Angelo, De Luca, Esposito, Ferrari, Fontana, Galli, Gallo,
    Giordano, Greco, Lombardi, Mancini, Marino, Moretti, Nicolò, Ricci, Rinaldi, Rizzo, Romano, Rossi, Russo
  `),
}

/** Common names in Polish; only family names that are alike for women and men. */
export const POLISH_NAMES: NameList = {
  given: list(`
    Agnieszka, Andrzej, Anna, Barbara, Elżbieta, Ewa, Grzegorz, Jakub, Jan, Joanna, Józef, Katarzyna, Krzysztof, Łukasz,
    Małgorzata, Marcin, Michał, Paweł, Piotr, Rafał, Stanisław, Tomasz, Wojciech, Zofia, Żaneta
  `),
  family: list(`
    Baran, Błaszczyk, Duda, Dudek, Gołąb, Kaczmarek, Kowalczyk, Krawczyk, Król, Mazur, Michalak, Nowak, Pawlak,
    Pietrzak, Sikora, Stępień, Szewczyk, Walczak, Wieczorek, Woźniak, Wójcik, Wróbel, Zając, Zięba
  `),
}

/** Common names in Turkish. */
export const TURKISH_NAMES: NameList = {
  given: list(`
    Ahmet, Ali, Ayşe, Aylin, Burak, Cem, Çiğdem, Deniz, Elif, Emine, Emre, Fatma, Gülşen, Hatice, Hüseyin, İbrahim,
    İrem, Kerem, Mehmet, Merve, Mustafa, Oğuz, Özge, Şükrü, Ümit, Yusuf, Zeynep
  `),
  family: list(`
    Acar, Arslan, Aydın, Çelik, Çetin, Demir, Doğan, Erdoğan, Güler, Güneş, Kaplan, Kara, Kaya, Kılıç, Koç, Korkmaz,
    Kurt, Öztürk, Özdemir, Polat, Şahin, Şimşek, Taş, Yıldırım, Yıldız, Yılmaz, Yüksel
  `),
}

/** Common names in the United Kingdom. */
export const BRITISH_NAMES: NameList = {
  given: list(`
    Alfie, Amelia, Charlotte, Daniel, Eleanor, Emily, George, Grace, Harriet, Harry, Isla, Jack, James, Niamh, Oliver,
    Oscar, Poppy, Rhys, Rosemary, Siân, Siobhán, Sophie, Thomas, Victoria, William, Zara
  `),
  family: list(`
    Brown, Clarke, Cooper, Davies, Edwards, Evans, Green, Hall, Harris, Hughes, Jackson, Jones, Khan, Lewis, MacDonald,
    Morris, O'Connor, Patel, Roberts, Robinson, Singh, Smith, Taylor, Thompson, Walker, Wilson, Wright
  `),
}

/** Common names in the United States. */
export const AMERICAN_NAMES: NameList = {
  given: list(`
    Abigail, Andrew, Ashley, Brandon, Brianna, Christopher, David, Elizabeth, Ethan, Jennifer, John, José, Joshua,
    Karen, Linda, Mary, Mason, Matthew, Megan, Michael, Nancy, Olivia, Patricia, Robert, Samantha, Tyler
  `),
  family: list(`
    Adams, Anderson, Baker, Campbell, Carter, Davis, Garcia, Hernández, Hill, Johnson, Jones, Lee, Lopez, Martinez,
    Miller, Mitchell, Moore, Nelson, Nguyen, Rodriguez, Scott, Smith, Thompson, Torres, White, Williams
  `),
}

/** Common names in Dutch. */
export const DUTCH_NAMES: NameList = {
  given: list(`
    Anouk, Bram, Daan, Eva, Femke, Fleur, Geert, Hendrik, Ilse, Jeroen, Joost, Julia, Lotte, Maaike, Marijke, Milan,
    Noor, Pieter, Ruben, Sander, Sem, Sofie, Thijs, Tess, Willem, Zoë
  `),
  family: list(`
    Bakker, de Boer, Bos, van den Berg, Dekker, van Dijk, Dijkstra, de Graaf, de Groot, de Haan, Hendriks,
    van der Heijden, Jansen, Janssen, de Jong, Kok, van Leeuwen, van der Meer, Mulder, Peters, Prins, Smit, Visser, Vos,
    de Vries, de Wit
  `),
}

/** Common names in Spanish. */
export const SPANISH_NAMES: NameList = {
  given: list(`
    Adrián, Alba, Álvaro, Ana, Ángel, Begoña, Carlos, Carmen, Cristina, Daniel, Elena, Iñigo, Inés, Javier, José, Laura,
    Lucía, Manuel, María, Martín, Mónica, Pablo, Raúl, Rocío, Sofía, Víctor
  `),
  family: list(`
    Álvarez, Díaz, Domínguez, Fernández, García, Gil, Gómez, González, Gutiérrez, Hernández, Ibáñez, Jiménez, López,
    Martín, Martínez, Moreno, Muñoz, Navarro, Núñez, Ortiz, Pérez, Ramírez, Rodríguez, Ruiz, Sánchez, Torres, Vázquez,
    Yáñez
  `),
}
