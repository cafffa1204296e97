// Published cases that this server answers differently, each with its reason.

const ORDER = 'numbers objects oldest first, against the newest first of its own first answer and of 2.x';
const SEED =
  'one of four answers that the profile leaves to a server: here the generator takes nothing from clients (CS-RNG-O-4)';

const LINK_ORDER =
  'numbers names and links of a renewed certificate in another order than the same case of 1.2';

const ATTESTATION = 'tells of attestation, which is not served';
const NO_UNWRAP = 'unwraps by a key whose mask lets it wrap alone; in 2.0 the same case has a key for both';

export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'TC-IMPEXP-4-20':
    'tells the digests of a key in two Key Format Types: one is asked for, that of the format it is given in',
  'TC-WRAP-2-14': NO_UNWRAP,
  'TC-WRAP-3-14': NO_UNWRAP,
  TC_134_10_Register_Key_Pair_Certify_and_Re_certify_Public_Key: LINK_ORDER,
  'TC-OTP-4-13': 'is refused by a policy what TC-OTP-3 gets',
  'TC-OTP-5-13': 'encrypts by a pad that the server of this case has elsewhere',
  'TC-OFFSET-1-13': ORDER,
  'TC-OFFSET-2-13': ORDER,
  TC_151_12_Locate_a_Fresh_Object_from_the_Default_Group:
    'asks for a key of a group that the server fills by itself: here clients do',
  TC_SJ_2_12_Register_and_Split_Join: 'prints the identifier of the first part where it got the fourth',
  'TC-Q-CAP-2-13': ATTESTATION,
  'TC-Q-CAP-2-14': ATTESTATION,
  'TC-Q-CAP-3-14': ATTESTATION,
  'TC-Q-CREG-1-13': 'tells of two more ways to register clients, which are not served',
  'TC-Q-PROF-2-13': 'tells of the profiles of another server, among them Complete Server',
  'TC-Q-PROF-3-13': 'tells of the profiles of another server, and of addresses for HTTPS',
  'TC-Q-S2C-1-13': 'the server of this case is the client of the others',
  'TC-Q-VAL-1-13': 'tells of a validation by NIST, and there is none',
  'TC-RNG-ATTR-2-13': 'asks for an object that it has not made',
  'CS-RNG-O-1-14': SEED,
  'CS-RNG-O-1-21': SEED,
};
