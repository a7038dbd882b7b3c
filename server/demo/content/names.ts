/**
 * What a donor may speak or believe, so that a message in Minang is not signed by a Papuan name; `rombongan` is
 * a group that says "we".
 */
export type Voice =
  | 'aceh'
  | 'bali'
  | 'banjar'
  | 'batak'
  | 'bugis'
  | 'jawa'
  | 'kristen'
  | 'maluku'
  | 'manado'
  | 'minang'
  | 'muslim'
  | 'papua'
  | 'rombongan'
  | 'sunda'
  | 'timor';

/** Invented donors, grouped by the voices in which they might write. Every name stands here once. */
export const donorNames: { voices: Voice[]; names: string[] }[] = [
  {
    voices: ['jawa', 'muslim'],
    names: [
      'Sri Wahyuningsih',
      'Bambang Prasetyo',
      'Dwi Lestari',
      'Agus Triyono',
      'Mbah Slamet',
      'Nur Hidayah',
      'Eko Wibisono',
      'Siti Rokhmah',
      'Joko Purnomo',
      'Endah Setyowati',
      'Wahyu Nugroho',
      'Ratna Kusumawati',
      'Hendro Susilo',
      'Tri Handayani',
      'Arif Rahmanto',
      'Bu Sumarni',
      'Gilang Adiputra',
      'Anisa Fitriani',
      'Sugeng Riyadi',
    ],
  },
  {
    voices: ['jawa', 'kristen'],
    names: [
      'Yohanes Kristanto',
      'Maria Endang S.',
      'Fransiska Widyastuti',
      'Antonius Sudarmo',
      'Veronika Puji',
      'Paulus Wijanarko',
    ],
  },
  {
    voices: ['sunda', 'muslim'],
    names: [
      'Asep Suherman',
      'Neng Yuliani',
      'Dadang Hermawan',
      'Euis Komariah',
      'Ujang Saepudin',
      'Rina Marlina',
      'Cecep Gunawan',
      'Teh Imas',
      'Yayan Ruhiyat',
      'Lilis Nuraeni',
      'Wawan Kurniawan',
      'Tita Rosita',
    ],
  },
  {
    voices: ['minang', 'muslim'],
    names: [
      'Uda Rizal',
      'Yusnidar',
      'Fadli Chaniago',
      'Rahmi Piliang',
      'Syafrizal Koto',
      'Elvira Tanjung',
      'Zulfikar Sikumbang',
      'Uni Desmawati',
      'Hendri Jambak',
    ],
  },
  {
    voices: ['aceh', 'muslim'],
    names: ['Teuku Fauzan', 'Cut Maulida', 'Muzakir Ibrahim', 'Nurul Akmal Z.', 'Saiful Bahri'],
  },
  {
    voices: ['muslim'],
    names: [
      'Ahmad Fauzi',
      'Khairunnisa',
      'Datuk Syahrial',
      'Zainab Alatas',
      'Ridwan Effendi',
      'Ummu Salamah',
      'Faisal dari Tanjungpinang',
      'Rohana Jambi',
      'Haji Marzuki',
      'Mpok Nuraini',
      'Bang Mamat',
      'Nurlaela Bima',
      'Lalu Wirajaya',
      'Baiq Sulastri',
    ],
  },
  {
    voices: ['batak', 'kristen'],
    names: [
      'Togar Simanjuntak',
      'Rosmauli Sitorus',
      'Parlindungan Hutapea',
      'Tiurma Silalahi',
      'Binsar Nainggolan',
      'Martha Siregar',
      'Jonathan Sembiring',
    ],
  },
  {
    voices: ['bali'],
    names: [
      'I Wayan Sudiarta',
      'Ni Made Ayu Laksmi',
      'I Ketut Darma',
      'Ni Luh Sukerti',
      'Komang Adi Putra',
      'Gede Suartana',
      'Putu Wulandari',
    ],
  },
  {
    voices: ['bugis', 'muslim'],
    names: [
      'Andi Mappasanda',
      'Daeng Ngalle',
      'Hasnawati',
      'Syamsul Rijal',
      'Andi Tenri Ola',
      'Baharuddin',
      'Sitti Rahmatia',
      'La Ode Hamrin',
      'Wa Ode Salma',
      'Iqbal Mandar',
    ],
  },
  {
    voices: ['banjar', 'muslim'],
    names: ['Hj. Rusmini', 'Gusti Rahmadi', 'Acil Mastora', 'Muhammad Saidi', 'Norhasanah'],
  },
  {
    voices: ['kristen'],
    names: [
      'Liem Mei Lan',
      'Kevin Hartanto',
      'Dewi Tanuwijaya',
      'Cornelius Dayan',
      'Theresia Ngo',
      'Yosef Lingga',
      'Debora Pasaribu Lie',
      'Hana Kristina',
      'Samuel Budiman',
      'Markus Sabang',
    ],
  },
  {
    voices: ['manado', 'kristen'],
    names: [
      'Novi Lumowa',
      'Jefry Rumengan',
      'Stevani Kaunang',
      'Oma Wulan',
      'Ronny Mamesah',
      'Meity Rondonuwu',
    ],
  },
  {
    voices: ['timor', 'kristen'],
    names: [
      'Yuliana Bere',
      'Frans Seran',
      'Mama Agnes Lado',
      'Petrus Nahak',
      'Kristina Djami',
      'Melkianus Taek',
      'Goris Wutun',
    ],
  },
  {
    voices: ['maluku', 'kristen'],
    names: [
      'Josina Tuhumury',
      'Ampi Latupeirissa',
      'Elsye Renyaan',
      'Bung Nyong Matulessy',
      'Kace Pattinama',
      'Dominggus Rahail',
    ],
  },
  {
    voices: ['maluku', 'muslim'],
    names: ['Usman Tuasikal', 'Halima Renhoran', 'Ismail Tehuayo', 'Saleh Kabalmay'],
  },
  {
    voices: ['papua', 'kristen'],
    names: [
      'Mama Orpa Yarangga',
      'Yance Rumbiak',
      'Selfina Wanggai',
      'Demianus Kogoya',
      'Kaka Elo Wambrauw',
      'Ester Mambrasar',
      'Nikson Tabuni',
    ],
  },
  {
    voices: [],
    names: [
      'Rani',
      'Bima Satria',
      'Putri A.',
      'Angga',
      'Dita Larasati',
      'Fajar',
      'Opa Benny',
      'Tante Yul',
      'Sekar',
      'Galih M.',
      'Vania',
      'Raka Mahendra',
      'Bude Tutik',
    ],
  },
  {
    voices: ['rombongan'],
    names: [
      'Mulyono dan Warti',
      'Keluarga Bapak Mansyur',
      'Pengajian Ibu RT Melati',
      'Keluarga Op. Gabe',
      'Kos Putri Anggrek',
      'Arisan Teras Belakang',
      'Tim Gudang Shift Malam',
      'Kelas Tiga B',
      'Komunitas Sepeda Pagi',
      'Warung Kopi Pojok',
      'Ayah Bunda Kirana',
      'Nadia dan Reza',
      'Alumni SMA Angkatan Pelangi',
    ],
  },
];
